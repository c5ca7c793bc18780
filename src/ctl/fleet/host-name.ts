/** What names of hosts and groups look like; they begin with a letter, so that none is taken for a CTID. */
export const namePattern = /^[A-Za-z][A-Za-z0-9._-]{0,62}$/;
