"""The inventory out to NetBox and back, as CSV files: ``tables`` and ``export`` out, ``read`` … ``files`` in."""
