"""What dispatch does unasked: generates every day, says what is late, and places what could not be placed."""
