// Who is there: signed in by what the host vouches for, kept fresh, told to the server with each request.
//
//   begin(host);                       // once a page; requests of htmx wait for it
//   await signedIn();                  // the person, or null on the plain web and where the server says no
//   await api("/api/v1/me/bookings");  // fetch with our headers; a refused token is renewed once
//
// Tokens travel in the Authorization header alone, so there is no cookie that a host's frame could lose and
// no request that another site could forge.

import { keepHere, own, recallHere } from "./host/kept.js";

/**
 * @typedef {object} User
 * @property {string} id @property {string} name @property {string} locale @property {string} channel
 * @property {{business_id: string, slug: string, role: string, staff_id: string | null}[]} memberships
 * @property {string | null} start
 */

/**
 * What is kept on the device, for the pages of this launch: another launch may be another person's.
 * `until`: when the access token ends, in milliseconds since 1970.
 * @typedef {{launch: string, access: string, refresh: string, until: number, user: User}} Kept
 */

const KEY = "session";
const VISITOR = "visitor";
/** An access token is renewed this long before its end, in milliseconds. */
const AHEAD = 60_000;
const LOCK = own("session");

/** @type {Kept | null} */
let mine = null;
/** @type {import("./host/index.js").Credentials | null} */
let credentials = null;
let launch = "";
/** @type {(signed: Promise<void>) => void} */
let began;
/** Comes when it is known who is there. @type {Promise<void>} */
const ready = new Promise((done) => (began = done));

/** This browser's own name for what it holds before it books: random, and nobody else's. */
export const visitor = visitorOf();

/** Signs in by the host's word, unless this launch has been already; what waits for it goes on. @param {import("./host/index.js").Host} host */
export function begin(host) {
  credentials = host.credentials();
  began(
    start(host.kind).catch(() => {
      mine = null;
    }),
  );
  return ready;
}

/** @returns {Promise<User | null>} */
export async function signedIn() {
  await ready;
  return mine?.user ?? null;
}

/** Our headers for a request; a token that is about to end is renewed before. @returns {Promise<Record<string, string>>} */
export async function headers() {
  await ready;
  if (mine && isOld(mine)) await renew(mine.access);
  return now();
}

/**
 * `fetch` of our own API. A token that is refused is renewed once, and the request sent again.
 * @param {string} path @param {{method?: string, body?: unknown, headers?: Record<string, string>, signal?: AbortSignal}} [options]
 *   `body` is sent as JSON
 * @returns {Promise<Response>}
 */
export async function api(path, options = {}) {
  const send = async () => {
    const sent = { Accept: "application/json", ...(await headers()), ...options.headers };
    const body = options.body === undefined ? undefined : JSON.stringify(options.body);
    if (body !== undefined) Object.assign(sent, { "Content-Type": "application/json" });
    return fetch(path, { method: options.method ?? "GET", body, headers: sent, signal: options.signal, credentials: "same-origin" });
  };
  const answer = await send();
  if (answer.status !== 401 || !mine) return answer;
  await renew(mine.access);
  return send();
}

/**
 * Puts our headers into htmx's requests: they wait until it is known who is there. What is the same for everybody
 * is marked `data-anyone` and doesn't.
 * @param {EventTarget} [root]
 */
export function attach(root = document.body) {
  /** Requests that were sent again after a refusal. @type {WeakSet<Element>} */
  const again = new WeakSet();
  on(root, "htmx:confirm", (event) => {
    if (known ? !mine || !isOld(mine) : event.detail.elt.closest("[data-anyone]")) return;
    event.preventDefault();
    void headers().finally(() => event.detail.issueRequest(!event.detail.question));
  });
  on(root, "htmx:configRequest", (event) => Object.assign(event.detail.headers, now()));
  on(root, "htmx:beforeSwap", (event) => {
    const { elt, xhr, requestConfig } = event.detail;
    if (xhr.status !== 401 || !mine || again.has(elt)) return again.delete(elt);
    event.detail.shouldSwap = false;
    event.detail.isError = false;
    again.add(elt);
    const values = Object.fromEntries(requestConfig.formData ?? []);
    void renew(mine.access).finally(() =>
      /** @type {any} */ (window).htmx.ajax(requestConfig.verb, requestConfig.path, {
        source: elt,
        target: requestConfig.target,
        event: requestConfig.triggeringEvent,
        values: requestConfig.verb === "get" ? undefined : values,
      }),
    );
  });
}

/** Whether {@link begin} has come to an end: until then nobody knows who is there. */
let known = false;

/** @param {string} kind */
async function start(kind) {
  known = false;
  try {
    if (!credentials) return;
    launch = `${kind}:${await digest(JSON.stringify(credentials.body))}`;
    const kept = recall();
    if (kept && !isOld(kept)) mine = kept;
    else if (kept) await renew(kept.access);
    else await signIn();
  } finally {
    known = true;
  }
}

/**
 * New tokens in place of `refused`. One tab does it for all: a refresh token counts once, and a second use of it
 * would end the session as stolen.
 * @param {string} refused
 */
async function renew(refused) {
  await locked(async () => {
    const kept = recall() ?? mine;
    if (kept && kept.access !== refused && !isOld(kept)) {
      mine = kept;
      return;
    }
    const answer = kept && (await post("/api/v1/auth/refresh", { refresh_token: kept.refresh }));
    if (answer) take({ ...answer, user: answer.user ?? kept.user });
    // The host's word may still be young enough.
    else await signIn();
  });
}

async function signIn() {
  const answer = credentials && (await post(credentials.path, credentials.body));
  if (answer) take(answer);
  else forget();
}

/** @param {{access_token: string, refresh_token: string, expires_in: number, user: User}} answer */
function take(answer) {
  const until = Date.now() + answer.expires_in * 1000;
  mine = { launch, access: answer.access_token, refresh: answer.refresh_token, until, user: answer.user };
  keepHere(KEY, mine);
}

function forget() {
  mine = null;
  if (recall()) keepHere(KEY, null);
}

/** What a page or tab of the same launch has kept. @returns {Kept | null} */
function recall() {
  const kept = recallHere(KEY);
  return kept?.launch === launch && kept.access && kept.refresh ? kept : null;
}

/** @param {Kept} session */
const isOld = (session) => session.until - AHEAD <= Date.now();

/** @returns {Record<string, string>} */
function now() {
  const told = { "Okoshko-Visitor": visitor };
  return mine ? { ...told, Authorization: `Bearer ${mine.access}` } : told;
}

/** @param {string} path @param {object} body @returns {Promise<any>} null: refused. Throws when the server can't be reached. */
async function post(path, body) {
  const sent = { "Content-Type": "application/json", Accept: "application/json" };
  const answer = await fetch(path, { method: "POST", headers: sent, body: JSON.stringify(body) });
  if (answer.ok) return answer.json();
  if (answer.status >= 500 || answer.status === 429) throw new Error(`sign-in: ${answer.status}`);
  return null;
}

/** @param {() => Promise<void>} work */
async function locked(work) {
  if (navigator.locks) await navigator.locks.request(LOCK, work);
  else await work();
}

/** So that what the host gave us is not kept itself. @param {string} text */
async function digest(text) {
  if (!crypto.subtle) return String(text.length) + text.slice(-64);
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @returns {string} */
function visitorOf() {
  const kept = recallHere(VISITOR);
  if (typeof kept === "string" && /^[\w-]{16,64}$/.test(kept)) return kept;
  const bytes = crypto.getRandomValues(new Uint8Array(18));
  const made = btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
  keepHere(VISITOR, made);
  return made;
}

/** @param {EventTarget} root @param {string} name @param {(event: CustomEvent) => void} listener */
function on(root, name, listener) {
  root.addEventListener(name, (event) => listener(/** @type {CustomEvent} */ (event)));
}
