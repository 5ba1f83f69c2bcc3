"""What lies in the lab's own directory: the switches' state, the keys, and the seed of the passwords."""
