// Starts the parts of the page and carries messages between them. Nothing here makes HTML of data: what is shown as
// HTML was made, and escaped, on the server.
import { start as startAsking } from './asking.js';
import { start as startConversations } from './conversations.js';
import { start as startCorpus } from './corpus.js';
import { start as startReader } from './reader.js';

const LOST = 'Mất kết nối với Hoidap. Hãy xem cửa sổ đang chạy Hoidap, rồi thử lại.';

/** Start the page in `root`; `server` holds the functions that Python serves. */
export function start(root, server) {
  const heard = new EventTarget();
  const page = {
    root,
    server: reliable(server),
    on: (name, listen) => heard.addEventListener(name, (event) => listen(event.detail)),
    emit: (name, detail = {}) => heard.dispatchEvent(new CustomEvent(name, { detail })),
  };
  document.documentElement.lang = 'vi';
  panels(page);
  for (const part of [startReader, startConversations, startCorpus, startAsking]) part(page);
  root.dataset.ready = 'true';
}

/** Give the server's functions so that a lost connection is an answer like any other. */
function reliable(server) {
  return new Proxy(server, {
    get: (functions, name) => async (data = {}) => {
      try {
        return (await functions[name](data)) ?? { error: LOST };
      } catch {
        return { error: LOST };
      }
    },
  });
}

/** Show and hide the panels: buttons name theirs in aria-controls, Esc closes the last one opened. */
function panels(page) {
  const openers = new Map();
  const opened = [];
  const buttons = (name) => page.root.querySelectorAll(`[aria-controls="${name}"]`);
  const isNarrow = () => matchMedia('(max-width: 900px)').matches;

  function show(name, focus = true) {
    const panel = page.root.querySelector(`#${name}`);
    // The article and the corpus stand in the same place; on a narrow page there is room for one panel.
    for (const other of [...opened]) if (other !== name && (isNarrow() || (other !== 'conversations' && name !== 'conversations'))) hide(other, false);
    if (panel.hidden) {
      openers.set(name, document.activeElement);
      panel.hidden = false;
      opened.push(name);
    }
    for (const button of buttons(name)) button.setAttribute('aria-expanded', 'true');
    if (focus) (panel.querySelector('[data-first]') ?? panel).focus({ preventScroll: true });
  }

  function hide(name, giveBack = true) {
    const panel = page.root.querySelector(`#${name}`);
    if (panel.hidden) return;
    panel.hidden = true;
    opened.splice(opened.indexOf(name), 1);
    for (const button of buttons(name)) button.setAttribute('aria-expanded', 'false');
    const opener = openers.get(name);
    if (giveBack && opener?.isConnected) opener.focus({ preventScroll: true });
    page.emit(`${name}-closed`);
  }

  page.on('show', ({ panel, focus }) => show(panel, focus));
  page.on('hide', ({ panel }) => hide(panel));
  page.root.addEventListener('click', (event) => {
    const close = event.target.closest('[data-close]');
    if (close) return hide(close.dataset.close);
    const opener = event.target.closest('[data-panel]');
    if (!opener) return;
    const name = opener.dataset.panel;
    if (page.root.querySelector(`#${name}`).hidden) show(name);
    else hide(name);
  });
  page.root.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented || !opened.length) return;
    event.preventDefault();
    hide(opened.at(-1));
  });
}
