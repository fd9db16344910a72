"""What no board sold needs: each folder is loaded, built and tested at the seams that its README names."""
