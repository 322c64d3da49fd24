"""The tests of encoders share `tiny`, which the tests of training import too."""
