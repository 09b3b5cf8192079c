"""Systems of equations, a file each method."""
