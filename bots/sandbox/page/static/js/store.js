// The state of the sandbox in this page, kept fresh by its events.

import { base } from "./page.js";
import { get } from "./net.js";

const KINDS = ["person", "bot", "chat", "message", "gone", "press", "clock", "call"];
const CALLS_KEPT = 300;

/** @type {{people: Map<number, any>, bots: Map<number, any>, chats: Map<string, any>, calls: any[], clock: any}} */
export const state = { people: new Map(), bots: new Map(), chats: new Map(), calls: [], clock: null };

/** @type {Map<string, Set<(payload: any) => void>>} */
const listeners = new Map();
/** The difference between the sandbox's time and this machine's, in milliseconds. */
let ahead = 0;

/** @param {string} kind  one of the events, or "all" after the state was read anew, or "online" */
export function on(kind, listener) {
  if (!listeners.has(kind)) listeners.set(kind, new Set());
  listeners.get(kind).add(listener);
}

function tell(kind, payload) {
  for (const listener of listeners.get(kind) ?? []) listener(payload);
}

/** The sandbox's time. */
export const now = () => new Date(Date.now() + ahead);
export const zone = () => state.clock?.zone ?? "UTC";

export const chatKey = (personId, botId) => `${personId}:${botId}`;
/** What one finds a bot by. */
export const address = (bot) => (bot.messenger === "vk" ? `vk.me/${bot.username}` : `@${bot.username}`);
export const botsOf = (messenger) => [...state.bots.values()].filter((bot) => bot.messenger === messenger);

const takes = {
  person: ({ person }) => state.people.set(person.id, person),
  bot: ({ bot }) => state.bots.set(bot.id, bot),
  chat: ({ chat }) => {
    const known = state.chats.get(chat.key);
    const typing_until = chat.typing_ms > 0 ? Date.now() + chat.typing_ms : 0;
    state.chats.set(chat.key, { ...chat, typing_until, messages: chat.messages ?? known?.messages ?? [] });
  },
  message: ({ chat, message }) => {
    const known = state.chats.get(chat);
    if (!known) return;
    if (message.author === "bot") known.typing_until = 0;
    const place = known.messages.findIndex((item) => item.id === message.id);
    if (place < 0) known.messages.push(message);
    else known.messages[place] = message;
  },
  gone: ({ chat, ids }) => {
    const known = state.chats.get(chat);
    if (known) known.messages = known.messages.filter((message) => !ids.includes(message.id));
  },
  press: () => {},
  clock: ({ clock }) => takeClock(clock),
  call: ({ call }) => {
    state.calls.push(call);
    if (state.calls.length > CALLS_KEPT) state.calls.shift();
  },
};

function takeClock(clock) {
  state.clock = clock;
  ahead = new Date(clock.now).getTime() - Date.now();
}

/** Reads everything and follows the events from there on. */
export async function follow() {
  const whole = await get("state");
  state.people = new Map(whole.people.map((person) => [person.id, person]));
  state.bots = new Map(whole.bots.map((bot) => [bot.id, bot]));
  state.chats.clear();
  for (const chat of whole.chats) takes.chat({ chat });
  state.calls = whole.calls;
  takeClock(whole.clock);
  tell("all", null);
  tell("online", true);
  const source = new EventSource(`${base}/api/events?after=${whole.cursor}`);
  for (const kind of KINDS) {
    source.addEventListener(kind, (event) => {
      const payload = JSON.parse(event.data);
      takes[kind](payload);
      tell(kind, payload);
    });
  }
  source.addEventListener("open", () => tell("online", true));
  source.addEventListener("error", () => tell("online", false));
  source.addEventListener("reset", () => {
    source.close();
    void persist();
  });
}

/** Follows again until it works: the sandbox may be starting anew. */
export async function persist() {
  for (;;) {
    try {
      return await follow();
    } catch {
      tell("online", false);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}
