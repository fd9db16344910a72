"""QR codes in pictures and PDFs."""
