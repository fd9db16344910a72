"""Kits from ready-made boards: wiring diagrams (WireViz) and the pins that they show."""
