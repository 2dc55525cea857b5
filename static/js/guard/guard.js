/** The guard. */
