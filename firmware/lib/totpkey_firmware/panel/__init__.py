"""What a person touches and sees: the button and the light."""
