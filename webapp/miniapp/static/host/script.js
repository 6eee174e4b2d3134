// Classic scripts that others serve.

/**
 * @param {string} url @param {number} patience  in milliseconds
 * @returns {Promise<void>} rejected when it doesn't come in time
 */
export function loadScript(url, patience) {
  return new Promise((done, failed) => {
    const script = document.createElement("script");
    const tooLate = setTimeout(() => failed(new Error("too late")), patience);
    script.addEventListener("load", () => {
      clearTimeout(tooLate);
      done();
    });
    script.addEventListener("error", () => {
      clearTimeout(tooLate);
      failed(new Error("not there"));
    });
    script.src = url;
    document.head.append(script);
  });
}

/** What is asked of a host that may never answer. @template T @param {Promise<T>} answer @param {number} patience @returns {Promise<T>} */
export function within(answer, patience) {
  const late = new Promise((_, failed) => setTimeout(() => failed(new Error("no answer")), patience));
  return /** @type {Promise<T>} */ (Promise.race([answer, late]));
}
