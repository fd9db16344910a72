"""Guided enrolment: what to do at a site, step by step, until the site has taken the first code."""
