// The conversation: asking, stopping, editing, citations, copying.
import { write } from './clipboard.js';
import { editing, sendsOn } from './editing.js';
import { rating } from './rating.js';

const KEPT_HISTORY = 30;

/** Start the conversation and its question box. */
export function start(page) {
  const find = (selector) => page.root.querySelector(selector);
  const [log, scroll, composer, box, send, stop, said, startPage] = ['#log', '#scroll', '#composer', '#question', '#send', '#stop', '#said', '#start'].map(find);
  let conversation = null; // the kept conversation's id, once it has one
  let scope = {};
  let pending = null; // the question that is being answered: {token, turn}

  async function ask(question, replaced = null) {
    question = question.trim();
    if (!question || pending) return;
    const token = crypto.getRandomValues(new Uint32Array(4)).join('-');
    const later = replaced ? turnsFrom(replaced) : [];
    const waiting = waitingTurn(question);
    for (const turn of later) turn.hidden = true;
    startPage.hidden = true;
    log.append(waiting);
    bringUp(waiting);
    pending = { token, waiting };
    mark(true);
    const { articles, sources, since, until } = scope;
    const shown = [...log.querySelectorAll('.turn[data-number]:not([hidden])')];
    const reply = await page.server.ask({
      question, conversation: conversation ?? '', replace: replaced, token, scope: { articles, sources, since, until },
      shown: shown.slice(-KEPT_HISTORY).map((turn) => turn.dataset.question), number: shown.length,
    });
    const wasStopped = pending?.token !== token;
    if (!waiting.isConnected || (wasStopped && !reply.html)) return;
    if (!wasStopped) {
      pending = null;
      mark(false);
    }
    if (reply.error || reply.stopped) {
      for (const turn of later) turn.hidden = false;
      fail(waiting, reply.error);
      return;
    }
    // Where it was stopped too late, it is answered and kept all the same.
    for (const turn of later) turn.remove();
    if (conversation !== reply.conversation) release(shown);
    place(waiting, reply.html);
    conversation = reply.conversation || null;
    if (conversation) setAddress('c', conversation);
    page.emit('conversation-changed', { id: conversation });
  }

  // --- turns ---------------------------------------------------------------------------------------------

  function waitingTurn(question) {
    const turn = document.createElement('article');
    turn.className = 'turn waiting';
    const asked = document.createElement('div');
    asked.className = 'asked';
    const text = document.createElement('p');
    text.className = 'question';
    text.textContent = question;
    const tools = document.createElement('p');
    tools.className = 'tools';
    asked.append(text, tools);
    const reply = document.createElement('div');
    reply.className = 'reply';
    const notice = document.createElement('p');
    notice.className = 'notice';
    notice.textContent = 'Đang tìm trong các bài báo…';
    reply.append(notice);
    turn.append(asked, reply);
    return turn;
  }

  function place(waiting, html) {
    const made = document.createElement('template');
    made.innerHTML = html;
    const turn = made.content.firstElementChild;
    waiting.replaceWith(turn);
    return turn;
  }

  /** Leave turns that are in no conversation, or no longer, to be read: their numbers are another conversation's now. */
  function release(turns) {
    for (const turn of turns) {
      for (const named of [turn, ...turn.querySelectorAll('[id]')]) named.removeAttribute('id');
      for (const tool of turn.querySelectorAll('.edit, .rating')) tool.remove();
    }
  }

  function fail(waiting, words) {
    waiting.querySelector('.notice').textContent = words ?? 'Đã dừng.';
    waiting.classList.remove('waiting');
    waiting.classList.add('failed');
    if (!box.value) box.value = waiting.querySelector('.question').textContent;
    grow();
  }

  // The turns below the last one leave room for it, so that an answer moves nothing when it arrives.
  function bringUp(turn) {
    scroll.scrollTop += turn.getBoundingClientRect().top - scroll.getBoundingClientRect().top - 8;
  }

  function turnsFrom(number) {
    return [...log.querySelectorAll('.turn')].filter((turn) => !turn.dataset.number || Number(turn.dataset.number) >= number);
  }

  function mark(isAsking) {
    send.hidden = isAsking;
    stop.hidden = !isAsking;
    log.setAttribute('aria-busy', String(isAsking));
  }

  // --- the question box ------------------------------------------------------------------------------------

  function grow() {
    box.style.height = 'auto';
    box.style.height = `${Math.min(box.scrollHeight + 2, 160)}px`;
  }

  function submit() {
    if (pending) return;
    if (!box.value.trim()) {
      said.textContent = 'Bạn chưa viết câu hỏi.';
      box.focus();
      return;
    }
    said.textContent = '';
    const question = box.value;
    box.value = '';
    grow();
    ask(question);
    box.focus();
  }

  composer.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  box.addEventListener('input', grow);
  box.addEventListener('keydown', (event) => {
    if (!sendsOn(event)) return;
    event.preventDefault();
    submit();
  });
  stop.addEventListener('click', () => {
    if (!pending) return;
    const { token, waiting } = pending;
    pending = null;
    mark(false);
    page.server.stop({ token });
    for (const turn of log.querySelectorAll('.turn[hidden]')) turn.hidden = false;
    fail(waiting);
    box.focus();
  });

  /** Ask an edited question in its place; tell whether that can be now. */
  function again(question, number) {
    if (pending) return false;
    ask(question, number);
    box.focus();
    return true;
  }

  // --- what can be clicked in the conversation ---------------------------------------------------------------

  const clicks = {
    '.cite': (button) => openCitation(button.closest('.turn'), Number(button.dataset.cite)),
    '.card .open': (button) => openCitation(button.closest('.turn'), citationOf(button.closest('.card')).number),
    '.copy': (button) => copy(button, button.dataset.copy),
    '.tools .link': (button) => copy(button, `${location.origin}/?${new URLSearchParams({ q: button.closest('.turn').dataset.question })}`),
    '.tools .edit': (button) => editing(button.closest('.turn'), box.maxLength, again),
    '.literal': (button) => ask(`"${button.dataset.question}"`),
    '.suggestion': (button) => ask(button.textContent),
  };
  scroll.addEventListener('click', (event) => {
    for (const [selector, act] of Object.entries(clicks)) {
      const button = event.target.closest(selector);
      if (button) return act(button);
    }
  });
  rating(page, scroll, () => conversation);

  const citationOf = (card) => JSON.parse(card.dataset.citation);
  let opened = null; // the turn whose citations the reader goes through

  function openCitation(turn, number) {
    const card = [...turn.querySelectorAll('.card')].find((each) => citationOf(each).number === number);
    if (!card) return;
    opened = turn;
    page.emit('open-citation', { ...citationOf(card), turn: Number(turn.dataset.number) });
  }
  page.on('step-citation', ({ number }) => { if (opened?.isConnected) openCitation(opened, number); });

  async function copy(button, text) {
    const label = button.firstChild;
    button.dataset.words ??= label.textContent;
    const isCopied = await write(text);
    label.textContent = isCopied ? 'Đã sao chép' : 'Không sao chép được';
    said.textContent = label.textContent;
    clearTimeout(copy.timer);
    copy.timer = setTimeout(() => {
      for (const each of scroll.querySelectorAll('[data-words]')) each.firstChild.textContent = each.dataset.words;
      said.textContent = '';
    }, 2000);
  }

  // --- conversations, scope, address -----------------------------------------------------------------------------

  function clear() {
    if (pending) page.server.stop({ token: pending.token });
    pending = null;
    mark(false);
    log.replaceChildren();
    page.emit('hide', { panel: 'reader' });
  }

  page.on('conversation-opened', ({ id, html }) => {
    clear();
    conversation = id;
    log.innerHTML = html;
    startPage.hidden = Boolean(log.childElementCount);
    const last = log.lastElementChild;
    if (last) bringUp(last);
    setAddress('c', id);
  });
  // The panel of conversations may be closed, or not there yet.
  page.on('conversation-failed', ({ words }) => { said.textContent = words; });
  page.on('conversation-new', () => {
    clear();
    conversation = null;
    startPage.hidden = false;
    scroll.scrollTop = 0;
    setAddress();
    offer();
    box.focus();
  });
  page.on('scope-changed', (chosen) => { scope = chosen ?? {}; });
  page.on('corpus-changed', ({ html } = {}) => {
    if (html) find('#stock').textContent = html;
    offer({ isChanged: true });
  });

  function setAddress(name, value) {
    history.replaceState(history.state, '', name ? `/?${new URLSearchParams({ [name]: value })}` : '/');
  }

  let offered = 0;

  /** Offer questions. Those of articles that changed are being made meanwhile: look again, ever more rarely. */
  async function offer({ isChanged = false } = {}) {
    const turn = ++offered;
    for (let wait = 1500; wait < 60_000; wait *= 2) {
      const { questions } = await page.server.suggestions();
      if (turn !== offered) return;
      if (questions?.length) put(questions);
      if (questions?.length && !isChanged) return;
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (turn !== offered) return;
    }
  }

  function put(questions) {
    const place = find('#suggestions');
    const shown = [...place.children].map((button) => button.textContent);
    if (place.contains(document.activeElement) || shown.join('\n') === questions.join('\n')) return;
    place.replaceChildren(...questions.map((question) => Object.assign(
      document.createElement('button'), { type: 'button', className: 'suggestion', textContent: question })));
  }

  // After what questions are limited to, which is told as soon as every part listens.
  setTimeout(() => {
    const address = new URLSearchParams(location.search);
    if (address.get('q')?.trim()) ask(address.get('q').slice(0, box.maxLength));
    else if (address.get('c')) page.emit('open-conversation', { id: address.get('c') });
  });
  if (!find('#suggestions').childElementCount) offer();
  grow();
  if (matchMedia('(min-width: 901px)').matches) box.focus();
}
