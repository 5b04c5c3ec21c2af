// The wizard's console: what waits appears by itself, one key answers it, leaving hands it on.
// @ts-check
import { Api, Failure } from "../work/api.js";
import { names } from "../work/keys.js";

const BEAT = 3_000; // ms between signs of life; the server counts a console as silent after eight seconds
const LOOK = 2_000; // ms between looks where the server sends no events
const AGAIN = 1_000; // ms before a broken connection is made anew

/** @typedef {{id: string, variant: string, called: boolean, media: string, name: string}} Inquiry */
/** @type {{api: string, token: string, medium: string, texts: Record<string, string>}} */
const page = JSON.parse(/** @type {HTMLElement} */ (document.getElementById("page")).textContent ?? "{}");
const api = new Api(page.api, page.token);

/** @param {string} id */
const at = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

let shift = 0;
/** @type {Inquiry | null} */
let shown = null;
let since = 0;
let done = 0;
let busy = false;
let missed = false;
let resting = false;
/** @type {EventSource | null} */
let stream = null;
let looking = 0;

/** @param {string} words @param {"good" | "warn"} kind */
function link(words, kind) {
  at("link").textContent = words;
  at("link").className = `badge ${kind}`;
}

/** @param {string} title @param {string} words */
function idle(title, words) {
  const box = document.createElement("div");
  box.className = "message";
  const head = document.createElement("h2");
  const text = document.createElement("p");
  head.textContent = title;
  text.textContent = words;
  box.append(head, text);
  at("stage").replaceChildren(box);
}

/** @param {string} letter  Empty: no variant's. */
function rule(letter) {
  for (const each of document.querySelectorAll("[data-rule]")) {
    /** @type {HTMLElement} */ (each).hidden = /** @type {HTMLElement} */ (each).dataset.rule !== letter;
  }
  for (const each of document.querySelectorAll("[data-answers]")) {
    /** @type {HTMLElement} */ (each).hidden = /** @type {HTMLElement} */ (each).dataset.answers !== letter;
  }
  at("no-rule").hidden = letter !== "";
  const heading = document.querySelector(`[data-rule="${letter}"] h2`);
  at("question").textContent = heading?.textContent ?? page.texts.standIn;
}

/** @param {Inquiry} inquiry */
function media(inquiry) {
  if (page.medium === "sound") {
    const sound = document.createElement("audio");
    Object.assign(sound, { src: inquiry.media, controls: true, autoplay: true });
    sound.ariaLabel = inquiry.name;
    return sound;
  }
  const image = new Image();
  image.alt = page.texts.picture;
  image.src = inquiry.media;
  return image;
}

/** @param {Inquiry | null} inquiry */
function show(inquiry) {
  if (inquiry !== null && shown?.id === inquiry.id) return;
  shown = inquiry;
  document.body.dataset.state = inquiry ? "settled" : "empty";
  document.body.dataset.inquiry = inquiry?.id ?? "";
  /** @type {HTMLButtonElement} */ (at("pass")).disabled = inquiry === null;
  rule(inquiry?.variant ?? "");
  if (inquiry === null) {
    at("hint").textContent = "";
    idle(page.texts.onDuty, page.texts.nothingWaits);
    return;
  }
  since = performance.now();
  at("stage").replaceChildren(media(inquiry));
  at("hint").textContent = inquiry.called ? page.texts.called : page.texts.panel;
  at("hint").className = inquiry.called ? "called" : "quiet";
  at("announcer").textContent = `${at("question").textContent}`;
}

/** Whatever it is, one call at a time; what rang meanwhile is looked at afterwards. @param {() => Promise<any>} call */
async function once(call) {
  if (busy || !shift) {
    missed = true;
    return;
  }
  busy = true;
  missed = false;
  try {
    show((await call()).inquiry);
  } catch (error) {
    await trouble(error);
  } finally {
    busy = false;
  }
  if (missed && shown === null && !resting) await look();
}

/** @param {unknown} error */
async function trouble(error) {
  if (!(error instanceof Failure)) throw error;
  if (error.trouble !== "refused") return link(page.texts.offline, "warn");
  shown = null;
  await beat(); // whose shift is over is told so, or begins another
  at("hint").textContent = error.message;
  missed = shift !== 0;
  return undefined;
}

const look = () => once(() => api.post(`${shift}/take`, {}));

/** @param {string} said */
function answer(said) {
  if (shown === null || busy) return;
  const body = { inquiry: shown.id, said, milliseconds: Math.round(performance.now() - since) };
  done += 1;
  at("done").textContent = page.texts.done.replace("%s", String(done));
  void once(() => api.post(`${shift}/answer`, body));
}

function pass() {
  const inquiry = shown?.id;
  if (inquiry) void once(() => api.post(`${shift}/pass`, { inquiry }));
}

/** Come on duty, and listen; where no events come, look now and then. */
async function begin() {
  stream?.close();
  try {
    shift = (await api.post("", {})).shift;
  } catch (error) {
    shift = 0;
    const reason = error instanceof Failure && error.trouble === "refused" ? error.message : "";
    idle(page.texts.offDuty, reason || page.texts.offline);
    link(page.texts.off, "warn");
    if (!reason) setTimeout(() => void begin(), AGAIN);
    return;
  }
  show(null);
  stream = new EventSource(`${page.api}${shift}/stream`);
  stream.addEventListener("ring", () => {
    link(page.texts.live, "good");
    if (shown === null) void look();
  });
  stream.onerror = () => {
    if (resting) return;
    link(page.texts.slow, "warn");
    if (stream?.readyState === EventSource.CLOSED && !looking) {
      looking = window.setInterval(() => shown === null && !resting && void look(), LOOK);
      void look();
    }
  };
}

function rest() {
  resting = !resting;
  if (resting) {
    leave();
    idle(page.texts.resting, page.texts.restingWords);
    rule("");
    link(page.texts.off, "warn");
  } else {
    void begin();
  }
}

/** Hand on what is held while the page goes away. */
function leave() {
  stream?.close();
  const form = new URLSearchParams({ csrfmiddlewaretoken: page.token });
  if (shift) navigator.sendBeacon(`${page.api}${shift}/leave`, form);
  shift = 0;
  shown = null;
}

/** A sign of life; a shift that the server has ended begins anew. */
async function beat() {
  if (!shift || resting) return;
  try {
    await api.post(`${shift}/beat`, {});
  } catch (error) {
    if (error instanceof Failure && error.trouble === "refused") await begin();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.repeat) return;
  for (const key of names(event)) {
    const choice = document.querySelector(`[data-answers]:not([hidden]) [data-key="${CSS.escape(key)}"]`);
    if (choice instanceof HTMLElement) return choice.click();
    if (key === "x") return pass();
    if (key === "b") return rest();
    const sound = document.querySelector("#stage audio");
    if (key === " " && sound instanceof HTMLAudioElement) {
      event.preventDefault();
      sound.currentTime = 0;
      void sound.play();
    }
  }
});
for (const choice of document.querySelectorAll("[data-said]")) {
  choice.addEventListener("click", () => answer(/** @type {HTMLElement} */ (choice).dataset.said ?? ""));
}
at("pass").addEventListener("click", pass);
at("break").addEventListener("click", rest);
window.addEventListener("pagehide", leave);
window.addEventListener("pageshow", (event) => event.persisted && !resting && void begin());
setInterval(() => void beat(), BEAT);
void begin();
