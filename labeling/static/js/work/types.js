/**
 * The shapes that travel between the page, the device's outbox and the server.
 *
 * @typedef {{id: number, name: string, key: string, role: "class" | "none" | "unsure"}} Label
 *
 * @typedef {object} PageData
 * @property {number} user
 * @property {string} slug
 * @property {"image" | "sound"} medium
 * @property {"choose" | "confirm"} mode
 * @property {Label[]} labels
 * @property {number} guideline
 * @property {string} api  Address below which the project's calls lie.
 * @property {string} token  Against forged requests; made anew at every sign-in, so an old page speaks for nobody else.
 * @property {string} signIn
 * @property {string} home
 * @property {Record<string, string>} texts
 *
 * @typedef {object} Item
 * @property {number} id
 * @property {string} name
 * @property {"image" | "sound"} kind
 * @property {string} media
 * @property {string | null} thumb
 * @property {string | null} peaks
 * @property {number | null} duration  Seconds.
 * @property {number | null} width
 * @property {number | null} height
 *
 * @typedef {object} Lease
 * @property {number} id
 * @property {Item} item
 * @property {{label: number, name: string, confidence: number, model: string, after_ms: number} | null} suggestion
 * @property {{label: number, name: string, source: string, after_ms?: number} | null} supposed
 * @property {Review} [review]  On the review page.
 * @property {number} guideline_version
 * @property {number} seconds_left
 *
 * @typedef {object} Said  One person's answer, and how far it is to be believed.
 * @property {string} who
 * @property {string} said
 * @property {boolean} refused  "Not this one".
 * @property {number | null} right  The chance that it is so, given that this person says so.
 * @property {number} basis  Answers that this was measured on; 0 stands for people on the whole.
 * @property {boolean} counts
 * @property {boolean} saw_suggestion
 * @property {string} at
 *
 * @typedef {object} Review
 * @property {Said[]} answers
 * @property {{name: string, probability: number}[]} posterior
 * @property {string[]} why
 * @property {boolean} heldout
 * @property {string | null} supposed
 *
 * @typedef {{leases: Lease[], left: number | null, state: "work" | "nothing-now" | "done" | "paused", reason: string}} Claimed
 *
 * @typedef {{key: string, status: "stored" | "already-stored" | "refused", reason?: string}} Result
 *
 * @typedef {{label: number | null, rejected: number | null}} Choice  What a person says of an item.
 *
 * @typedef {object} Letter  One thing to tell the server, in the order in which it was done.
 * @property {number} [sequence]  Given by the database.
 * @property {string} key
 * @property {string} owner  Person and project: nobody else's letters are ever sent.
 * @property {"answer" | "skip" | "undo"} kind
 * @property {number} lease
 * @property {string} what  In words, for the person.
 * @property {Record<string, unknown>} body  As the server wants it.
 * @property {boolean} tried  It may have arrived already.
 * @property {string} refused  Why the server will not have it; empty while it waits.
 *
 * @typedef {object} Prepared  An item whose media is decoded and ready to paint.
 * @property {Lease} lease
 * @property {HTMLElement} element
 * @property {import("./clip.js").Clip | null} clip
 * @property {string} failure  Why it cannot be seen or heard; empty when it can.
 * @property {() => void} discard
 *
 * @typedef {{key: string, lease: Lease}} Step  One thing that can be undone.
 */

export {};
