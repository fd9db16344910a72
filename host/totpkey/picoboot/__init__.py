"""Reading the flash of a board in its boot loader, which lies in mask ROM and which nothing can replace."""
