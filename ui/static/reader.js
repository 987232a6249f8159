// The article beside the chat: opened at a citation, with the steps to the next one and what can be copied of it.
import { write } from './clipboard.js';

const OPENING = 'Đang mở bài…';
const COPIED = { reference: 'Đã sao chép trích dẫn.', path: 'Đã sao chép đường dẫn.' };
const NOT_COPIED = 'Trình duyệt không cho sao chép. Bạn hãy chọn chữ rồi nhấn Ctrl+C.';

/** Start the reader in `aside#reader`. */
export function start(page) {
  const panel = page.root.querySelector('#reader');
  // Both stay when an article is opened: a live region is heard only where it stood before its words came.
  const content = panel.appendChild(element('div', 'reader'));
  const status = panel.appendChild(element('p', 'status'));
  status.setAttribute('role', 'status');

  let cited = null; // the citation that is open, as it came
  let opened = null; // what is shown: which article, and what the server said of it
  let latest = 0; // the newest opening; slower ones before it are dropped
  let opener = null; // where the focus goes back to
  let firstOpener = null; // where the panel itself gives it back to

  async function open(asked, stepped = null) {
    const turn = ++latest;
    panel.setAttribute('aria-busy', 'true');
    say('');
    if (panel.hidden) {
      firstOpener = opener;
      plain(OPENING, 'notice');
      page.emit('show', { panel: 'reader', focus: false });
    }
    const reply = await page.server.article(asked);
    if (turn !== latest) return;
    panel.removeAttribute('aria-busy');
    if (panel.hidden) return;
    if (reply.error) {
      opened = null;
      plain(reply.error, 'error');
      return content.querySelector('button').focus({ preventScroll: true });
    }
    opened = { asked, ...reply };
    content.innerHTML = reply.html;
    toPlace();
    if (stepped) focusStep(stepped);
    say(reply.said, true);
  }

  /** Put what is marked in the middle, or the start of the text at the top; focus it. */
  function toPlace() {
    const text = content.querySelector('.text');
    const place = text.querySelector('#reader-place');
    if (place) {
      const scroller = scrollerOf(text);
      const [within, found] = [scroller.getBoundingClientRect(), place.getBoundingClientRect()];
      const room = Math.max(24, (scroller.clientHeight - found.height) / 2);
      scroller.scrollTop += found.top - within.top - room;
    }
    (place ?? text).focus({ preventScroll: true });
  }

  /** Keep the focus on the button that steps, so that it can be pressed again; on the other one at the ends. */
  function focusStep(forward) {
    const steps = [...content.querySelectorAll('[data-step]')];
    const button = forward === 'next' ? steps.at(-1) : steps[0];
    const usable = button?.disabled ? steps.find((step) => !step.disabled) : button;
    usable?.focus({ preventScroll: true });
  }

  async function more(button) {
    const { more: side, edge } = button.dataset;
    const shown = opened;
    button.disabled = true;
    const reply = await page.server.article_part({ article: shown.asked.article, sha256: shown.sha256, [side]: Number(edge) });
    if (shown !== opened) return;
    button.disabled = false;
    if (reply.error) return say(reply.error);
    const text = content.querySelector('.text');
    const scroller = scrollerOf(text);
    const below = scroller.scrollHeight - scroller.scrollTop;
    text.querySelector('.body').insertAdjacentHTML(side === 'before' ? 'afterbegin' : 'beforeend', reply.html);
    if (reply.edge === null) button.remove();
    else button.dataset.edge = reply.edge;
    // What was being read stays where it was.
    if (side === 'before') scroller.scrollTop = scroller.scrollHeight - below;
    (button.isConnected ? button : text).focus({ preventScroll: true });
  }

  async function copy(kind) {
    say((await write(opened[kind])) ? COPIED[kind] : NOT_COPIED);
  }

  /** Say something in the line below the article; `isUnseen`, to screen readers alone. */
  function say(words, isUnseen = false) {
    status.textContent = words;
    status.classList.toggle('unseen', isUnseen || !words);
  }

  function plain(words, kind) {
    const header = element('header');
    const close = element('button', '', 'Đóng');
    close.type = 'button';
    close.dataset.close = 'reader';
    header.append(element('h2', '', 'Bài báo'), close);
    content.replaceChildren(header, element('p', kind, words));
  }

  panel.addEventListener('click', (event) => {
    const button = event.target.closest('button');
    if (!button || !opened) return;
    const { step, copy: kind, more: side, article } = button.dataset;
    if (step) page.emit('step-citation', { turn: cited.turn, number: Number(step) });
    else if (kind) copy(kind);
    else if (side) more(button);
    // Another copy has another hash, and the story it is a copy of is among its copies.
    else if (article) open({ ...cited, article, sha256: '', title: '', also_in: [cited.article, ...(cited.also_in ?? [])] });
  });

  page.on('open-citation', (citation) => {
    const active = document.activeElement;
    const isStep = panel.contains(active) && active.dataset.step !== undefined;
    const direction = isStep && cited && citation.turn === cited.turn ? (citation.number > cited.number ? 'next' : 'previous') : null;
    // Where the citation was stepped to, the person has left the one that was clicked.
    if (!panel.contains(active)) opener = active;
    else opener = page.root.querySelector(`#luot-${citation.turn}-doan-${citation.number} .open`) ?? opener;
    // A copy of the story that is cited is opened by the citation itself when it is chosen again.
    cited = citation;
    open(citation, direction);
  });

  page.on('reader-closed', () => {
    latest += 1;
    panel.removeAttribute('aria-busy');
    const active = document.activeElement;
    // The panel gives the focus back to what opened it; a citation that was opened later is where the person was.
    const isGivenBack = active === firstOpener || active === document.body || panel.contains(active);
    if (isGivenBack && opener?.isConnected && opener !== document.body) opener.focus({ preventScroll: true });
  });
}

/** Give what scrolls: the text, or on a low screen the whole panel. */
function scrollerOf(text) {
  return getComputedStyle(text).overflowY === 'auto' ? text : text.closest('#reader');
}

function element(name, kind = '', words = '') {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.textContent = words;
  return made;
}
