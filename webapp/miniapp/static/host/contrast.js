// A host's colours are its own, and not all of them can be read as text. Those are moved, as little as it takes.

/** WCAG 2.2, 1.4.3: the contrast of text. */
const LEAST = 4.5;
const STEPS = 20;

/** @param {string} colour  #17212b @returns {number[]} */
const channels = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));

/** @param {number[]} rgb */
function luminance(rgb) {
  const [red, green, blue] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** @param {number[]} one @param {number[]} other */
function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

/** Whether a colour is a dark one. @param {string} colour */
export const isDark = (colour) => luminance(channels(colour)) < 0.18;

/**
 * The colour, or the nearest darker or lighter one that stands out from all of `beside`.
 * @param {string} colour @param {(string | undefined)[]} beside
 */
export function readable(colour, beside) {
  const others = beside.filter((each) => each !== undefined).map(channels);
  const enough = (/** @type {number[]} */ rgb) => others.every((each) => contrast(rgb, each) >= LEAST);
  const from = channels(colour);
  const dark = others.reduce((sum, each) => sum + luminance(each), 0) / others.length > 0.18;
  const end = dark ? 0 : 255;
  for (let step = 0; step <= STEPS; step += 1) {
    const mixed = from.map((value) => Math.round(value + ((end - value) * step) / STEPS));
    if (enough(mixed) || step === STEPS) return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
  }
  return colour;
}
