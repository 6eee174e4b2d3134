// Puts the page together: two phones, the clock, the log.

import { drawClock } from "./clock.js";
import { drawLog } from "./log.js";
import { Phone } from "./phone.js";
import { botsOf, on, persist, state } from "./store.js";
import { drawTheme } from "./theme.js";

const desk = document.getElementById("desk");
const phones = ["left", "right"].map((side) => {
  const narrow = matchMedia("(max-width: 719px)");
  return new Phone(document.getElementById(side), side, {
    shown: () => !narrow.matches || desk.dataset.shown === side,
    show: () => {
      desk.dataset.shown = side;
    },
  });
});

drawTheme(document.getElementById("theme"));
drawClock(document.getElementById("clock"));
drawLog(document.getElementById("drawer"));

on("online", (online) => {
  document.getElementById("offline").hidden = online;
});

let first = true;
on("all", () => {
  if (first) {
    first = false;
    seat();
  } else {
    for (const phone of phones) phone.hold(phone.held);
  }
});

/** Who holds which phone at first: what the address says, what was there before, or a client and a master. */
function seat() {
  const query = new URLSearchParams(location.search);
  const people = [...state.people.values()];
  const withRole = (role) => people.find((person) => person.role === role)?.id;
  const defaults = [withRole("client") ?? people[0]?.id, withRole("master") ?? people[1]?.id ?? people[0]?.id];
  phones.forEach((phone, place) => {
    const asked = Number(query.get(phone.side));
    const known = phone.recalled();
    const wanted = query.get(`${phone.side}-in`);
    const bot = botsOf(wanted ?? phone.messenger)[0]?.id ?? null;
    if (state.people.has(asked)) phone.hold({ person: asked, bot });
    else if (known && state.people.has(known.person)) phone.hold(known);
    else phone.hold({ person: defaults[place] ?? null, bot });
  });
  followLink(query);
}

/** `?start=b_demo` (and `&bot=username`): the left phone has just followed this deep link. */
function followLink(query) {
  const start = query.get("start");
  const bot = query.get("bot") ?? botsOf("telegram")[0]?.username;
  if (start && bot && phones[0].held.person !== null) void phones[0].openLink(`https://t.me/${bot}?start=${start}`);
}

void persist();
