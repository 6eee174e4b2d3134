// Talking to the sandbox.

import { base } from "./page.js";

/** @param {string} path @returns {Promise<any>} */
export async function get(path) {
  return read(await fetch(`${base}/api/${path}`));
}

/** @param {string} path @param {object} [body] @returns {Promise<any>} */
export async function post(path, body = {}) {
  const headers = { "Content-Type": "application/json" };
  return read(await fetch(`${base}/api/${path}`, { method: "POST", headers, body: JSON.stringify(body) }));
}

async function read(response) {
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? response.statusText);
  return answer;
}

/** The address of a file of a message. @param {string} id */
export const fileUrl = (id) => `${base}/api/files/${encodeURIComponent(id)}`;
