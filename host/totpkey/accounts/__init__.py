"""Accounts, their secrets and names as text, and the codes that they give."""
