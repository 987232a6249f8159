// Files on their way into the corpus: dropped or chosen, sent one by one, then followed until they are indexed.
const EVERY_MS = 5000;
const PROGRESS_MS = 700;
const LOST = 'Mất kết nối khi đang gửi tệp.';

/** Take files that are dropped on the panel or chosen in it, and tell what becomes of each. */
export function adding(page, panel, find, list) {
  const limits = find('.corpus-body').dataset;
  const suffixes = limits.suffixes.split(' ');
  const rows = find('#corpus-transfers');
  const bar = find('[role="progressbar"]');
  const queue = [];
  let sending = null;
  let total = 0;
  let sent = 0;
  let wasRunning = false;
  let timer = 0;
  let last = null;

  find('#corpus-files').addEventListener('change', (event) => {
    take([...event.target.files]);
    event.target.value = '';
  });
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');
  let depth = 0;
  panel.addEventListener('dragenter', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth += 1;
    panel.classList.add('dropping');
  });
  panel.addEventListener('dragover', (event) => { if (hasFiles(event)) event.preventDefault(); });
  panel.addEventListener('dragleave', (event) => {
    if (!hasFiles(event)) return;
    depth = Math.max(0, depth - 1);
    if (!depth) panel.classList.remove('dropping');
  });
  panel.addEventListener('drop', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    panel.classList.remove('dropping');
    take([...event.dataTransfer.files]);
  });
  // A file that misses the panel is not to take the conversation's place.
  for (const name of ['dragover', 'drop']) page.root.addEventListener(name, (event) => { if (hasFiles(event)) event.preventDefault(); });
  addEventListener('beforeunload', (event) => { if (sending || queue.length) event.preventDefault(); });
  find('#corpus-retry').addEventListener('click', async () => {
    keepFocus(find('#corpus-retry'));
    show(await page.server.retry_adding());
  });
  find('#corpus-clear').addEventListener('click', async () => {
    rows.querySelectorAll('.failed').forEach((row) => row.remove());
    keepFocus(find('#corpus-clear'));
    show(await page.server.clear_added());
  });
  rows.addEventListener('click', (event) => {
    const again = event.target.closest('[data-again]');
    if (!again) return;
    const row = again.closest('li');
    row.remove();
    take([row.file]);
    find('#corpus-files').focus();
  });

  function keepFocus(button) {
    if (document.activeElement === button) find('#corpus-files').focus({ preventScroll: true });
  }

  function take(files) {
    if (!files.length) return;
    find('#corpus-adding').hidden = false;
    if (!sending && !queue.length) { total = 0; sent = 0; }
    let bytes = queue.reduce((sum, row) => sum + row.file.size, 0);
    for (const file of files) {
      const row = find('#corpus-transfer').content.firstElementChild.cloneNode(true);
      row.file = file;
      row.querySelector('.name').textContent = file.name;
      rows.append(row);
      const suffix = (/\.[^.]+$/.exec(file.name)?.[0] ?? '').toLowerCase();
      if (queue.length >= Number(limits.batchFiles)) fail(row, `Mỗi lần chỉ thêm được nhiều nhất ${limits.batchFiles} tệp.`, true);
      else if (!suffixes.includes(suffix)) fail(row, 'Hoidap không đọc được loại tệp này.');
      else if (file.size > Number(limits.fileBytes)) fail(row, `Tệp quá lớn: mỗi tệp nhiều nhất là ${Math.round(limits.fileBytes / 1e6)} MB.`);
      else if (bytes + file.size > Number(limits.batchBytes)) fail(row, 'Các tệp đã chọn quá lớn khi gộp lại; hãy thêm làm nhiều lần.', true);
      else {
        say(row, 'Đang chờ gửi');
        queue.push(row);
        bytes += file.size;
        total += file.size;
      }
    }
    send();
  }

  function say(row, words) { row.querySelector('.said').textContent = words; }

  function fail(row, words, mayTryAgain = false) {
    row.classList.add('failed');
    row.querySelector('.said').classList.add('error');
    say(row, words);
    const again = row.querySelector('[data-again]');
    again.hidden = !mayTryAgain;
    again.setAttribute('aria-label', `Gửi lại tệp ${row.file.name}`);
    advance();
  }

  /** Send one file after another: the disk is the narrow place, and each is indexed as soon as it is there. */
  async function send() {
    if (sending || !queue.length) return advance();
    const row = queue.shift();
    sending = row;
    const { status, reply } = await transfer(row);
    sending = null;
    sent += row.file.size;
    if (!reply.file) {
      fail(row, reply.error ?? LOST, status !== 422);
    } else {
      row.remove();
      show(await page.server.add({ files: [reply.file] }));
    }
    send();
  }

  function transfer(row) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.open('POST', `/upload?name=${encodeURIComponent(row.file.name.toWellFormed?.() ?? row.file.name)}`);
      request.setRequestHeader('X-Hoidap', '1');
      request.upload.onprogress = (event) => {
        say(row, `Đang gửi: ${Math.floor((100 * event.loaded) / Math.max(1, row.file.size))} %`);
        advance(event.loaded);
      };
      request.onload = () => {
        let reply = {};
        try { reply = JSON.parse(request.responseText); } catch { /* Not from Hoidap: a proxy, say. */ }
        resolve({ status: request.status, reply });
      };
      request.onerror = request.onabort = () => resolve({ status: 0, reply: {} });
      request.send(row.file);
    });
  }

  function advance(loaded = 0) {
    const isSending = Boolean(sending) || queue.length > 0;
    const share = isSending ? 0.5 * ((sent + loaded) / Math.max(1, total)) : Math.max(0.5, last?.done ?? 1);
    const percent = Math.floor(100 * (last?.running && !isSending ? 0.5 + 0.5 * last.done : share));
    bar.setAttribute('aria-valuenow', percent);
    bar.firstElementChild.style.width = `${percent}%`;
    const failed = rows.querySelectorAll('.failed').length;
    const words = isSending ? `Đang gửi ${queue.length + Number(Boolean(sending))} tệp…` : [last?.said, failed && `${failed} tệp không gửi được.`].filter(Boolean).join(' ');
    if (find('#corpus-progress').textContent !== words) find('#corpus-progress').textContent = words;
    find('#corpus-clear').hidden = !(last?.settled || failed);
    if (!rows.children.length && !last?.files.length) find('#corpus-adding').hidden = true;
  }

  function show(told) {
    if (told.error) {
      find('#corpus-progress').textContent = told.error;
      return;
    }
    if (!last || last.html !== told.html) {
      const place = find('#corpus-added');
      const top = place.scrollTop;
      const focused = place.contains(document.activeElement) ? document.activeElement.dataset.open : undefined;
      place.innerHTML = told.html;
      place.scrollTop = top;
      if (focused !== undefined) [...place.querySelectorAll('[data-open]')].find((one) => one.dataset.open === focused)?.focus();
    }
    last = told;
    if (told.files.length) find('#corpus-adding').hidden = false;
    find('#corpus-retry').hidden = !told.stopped;
    if (wasRunning && !told.running) page.emit('corpus-settled');
    wasRunning = told.running;
    advance();
    clearTimeout(timer);
    if (told.running) timer = setTimeout(async () => show(await again(() => page.server.progress())), PROGRESS_MS);
  }

  /** Ask again while the server cannot be reached: what runs there goes on. */
  async function again(ask) {
    for (;;) {
      const told = await ask();
      if (!told.error) return told;
      find('#corpus-progress').textContent = told.error;
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }

  page.server.progress().then(show);
}

// --- taking out ---------------------------------------------------------------------------------------------------
