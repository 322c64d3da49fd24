"""The roof: what can be typed in a terminal, one thin file a verb."""
