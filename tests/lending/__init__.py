"""Accounts that are lent: an account has an end, which its key judges."""
