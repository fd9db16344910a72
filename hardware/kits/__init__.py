"""Builds from boards one can buy: wiring diagrams (WireViz) and the pins that they show."""
