"""What the network learned."""
