"""What an import does with the accounts that the readers have found: `reading` asks them, `plan` decides."""
