"""What every service drives on; it knows no business word."""
