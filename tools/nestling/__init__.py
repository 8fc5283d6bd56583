"""Nestling's tools: building images, starting machines, talking to them."""
