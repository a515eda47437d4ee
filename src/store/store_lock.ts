/** Keys of the advisory locks of this program. */

/** 'rack' in ASCII: the first key of each. */
export const LOCK_CLASS = 0x7261636b;
/** Migrating, and replacing, the store: one at a time. */
export const MIGRATE_LOCK = `${LOCK_CLASS}, 1`;
/** Shared by every transaction that writes; exclusive while the store is replaced. */
export const REPLACE_LOCK = `${LOCK_CLASS}, 3`;
