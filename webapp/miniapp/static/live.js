// What changes while somebody looks: the server's stream of events, made events of the window.
//
//   const hear = listen(slug);         // "okoshko:slots" {business_id, dates, staff_ids}
//   hear.stop();
//
// Free time may be another; `dates` null: on any day; `staff_ids` empty: anybody's. What comes close together is told as one, and each
// page waits a moment of its own, so that a thousand of them don't ask for one day at once. "okoshko:booking"
// {id, event, status, start_ts, staff_ids, version} tells of own visits, "okoshko:catalogue" {version} of
// services, hours and rules.
//
// It is read by fetch rather than EventSource, which can't say who is asking. A page that nobody sees hears
// nothing, and catches up when it is looked at again.

import { api } from "./session.js";

/**
 * @typedef {object} Slots
 * @property {string} [business_id] @property {string[] | null} dates @property {string[]} staff_ids
 */

/** Silence after which a stream counts as dead, in milliseconds: the server speaks each 15 seconds. */
const SILENCE = 40_000;
const FIRST_PAUSE = 1_000;
const LAST_PAUSE = 30_000;
/** A stream that lasted so long was a good one: the next try comes quickly again. */
const GOOD = 10_000;
/** A page may be out of sight so long before its stream is closed. */
const UNSEEN = 20_000;
const GATHER = 150;
const SPREAD = 500;
/** Answers that another try won't change. */
const FINAL = new Set([400, 403, 404, 405, 422]);

/**
 * Hear of a business's changes until stopped.
 * @param {string} business id or slug
 * @param {{kinds?: string, target?: EventTarget}} [options] `kinds`: with commas, all that one may hear if
 *   left out; `target`: where the events are sent
 */
export function listen(business, { kinds = "", target = window } = {}) {
  const query = new URLSearchParams(kinds ? { business, kinds } : { business });
  const path = `/api/v1/events?${query}`;
  const tell = teller(target);
  let last = "";
  let pause = FIRST_PAUSE;
  let stopped = false;
  /** @type {AbortController | null} */
  let open = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  async function run() {
    clearTimeout(timer);
    if (stopped || open || document.hidden) return;
    const mine = (open = new AbortController());
    const begun = Date.now();
    let wait = 0;
    try {
      wait = await hear(mine);
    } catch {
      // Broken off, by the network or by us: the next try tells which.
    }
    mine.abort();
    if (open === mine) open = null;
    if (stopped || wait === Infinity) return;
    if (Date.now() - begun > GOOD) pause = FIRST_PAUSE;
    timer = setTimeout(run, Math.max(wait, pause * (0.5 + Math.random())));
    pause = Math.min(pause * 2, LAST_PAUSE);
  }

  /** One stream, as long as it lasts; how long to wait at least before the next. @param {AbortController} mine */
  async function hear(mine) {
    /** @type {Record<string, string>} */
    const headers = { Accept: "text/event-stream" };
    if (last) headers["Last-Event-ID"] = last;
    const answer = await api(path, { headers, signal: mine.signal });
    if (FINAL.has(answer.status)) return Infinity;
    if (!answer.ok || !answer.body) return 1000 * Number(answer.headers.get("Retry-After") ?? 0);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    const events = new Events((id) => (last = id), tell);
    for (;;) {
      const dog = setTimeout(() => mine.abort(), SILENCE);
      const { done, value } = await reader.read().finally(() => clearTimeout(dog));
      if (done) return 0;
      events.take(value);
    }
  }

  function seen() {
    clearTimeout(timer);
    if (document.hidden) {
      timer = setTimeout(() => open?.abort(), UNSEEN);
    } else {
      pause = FIRST_PAUSE;
      void run();
    }
  }

  document.addEventListener("visibilitychange", seen);
  window.addEventListener("online", seen);
  void run();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      open?.abort();
      document.removeEventListener("visibilitychange", seen);
      window.removeEventListener("online", seen);
    },
  };
}

/** Reads the text of a stream as it comes, in whatever pieces. */
export class Events {
  #rest = "";
  #name = "";
  /** @type {string[]} */
  #data = [];

  /**
   * @param {(id: string) => void} place is told the id of what was read last
   * @param {(name: string, data: any) => void} tell is told each event
   */
  constructor(place, tell) {
    this.place = place;
    this.tell = tell;
  }

  /** @param {string} text the next piece */
  take(text) {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#line(line);
  }

  /** @param {string} line */
  #line(line) {
    if (line === "") {
      const name = this.#name;
      const data = this.#data.join("\n");
      this.#name = "";
      this.#data = [];
      if (data) this.tell(name, JSON.parse(data));
      return;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.#name = value;
    else if (field === "data") this.#data.push(value);
    else if (field === "id") this.place(value);
  }
}

/** Sends what is told on to `target`; slots are gathered. @param {EventTarget} target */
function teller(target) {
  /** @type {Slots | null} */
  let gathered = null;
  /** @param {string} name @param {unknown} detail */
  const send = (name, detail) => target.dispatchEvent(new CustomEvent(`okoshko:${name}`, { detail }));

  /** @param {Slots} more */
  function slots(more) {
    if (gathered === null) {
      gathered = more;
      setTimeout(() => {
        const detail = gathered;
        gathered = null;
        send("slots", detail);
      }, GATHER + Math.random() * SPREAD);
      return;
    }
    const { business_id, dates, staff_ids } = gathered;
    gathered = {
      business_id: business_id ?? more.business_id,
      dates: dates && more.dates && [...new Set([...dates, ...more.dates])],
      staff_ids: staff_ids.length && more.staff_ids.length ? [...new Set([...staff_ids, ...more.staff_ids])] : [],
    };
  }

  return (/** @type {string} */ name, /** @type {any} */ data) => {
    if (name === "slots") slots(data);
    else {
      send(name, data);
      // Hours, rules, or what nobody knows: all free time may be another.
      if (name !== "booking") slots({ dates: null, staff_ids: [] });
    }
  };
}
