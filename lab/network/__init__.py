"""What lies between the switches: cables, VLANs, routes, and the stations that are plugged in."""
