// What people think of an answer, and the right one where they know it.

/** Keep the ratings of the turns in `log`; `conversation` gives the id of the one that is open. */
export function rating(page, log, conversation) {
  log.addEventListener('click', (event) => {
    const button = event.target.closest('.rate');
    if (button) rate(button);
  });
  log.addEventListener('submit', (event) => {
    if (!event.target.matches('.right-answer')) return;
    event.preventDefault();
    tell(event.target);
  });

  async function rate(button) {
    const group = button.closest('.rating');
    const isTakenBack = button.getAttribute('aria-pressed') === 'true';
    const value = isTakenBack ? null : button.dataset.rating;
    const words = { up: 'Cảm ơn bạn.', down: 'Đã ghi nhận.' }[value] ?? 'Đã bỏ đánh giá.';
    if (!(await keep(group, value, null, words))) return;
    for (const other of group.querySelectorAll('.rate')) other.setAttribute('aria-pressed', String(other === button && !isTakenBack));
    const form = group.querySelector('.right-answer');
    form.hidden = value !== 'down';
    if (!form.hidden) form.elements.right.focus();
  }

  async function tell(form) {
    const right = form.elements.right.value.trim() || null;
    if (await keep(form.closest('.rating'), 'down', right, 'Cảm ơn bạn, đã ghi câu trả lời đúng.')) form.hidden = true;
  }

  async function keep(group, value, right, words) {
    const number = Number(group.closest('.turn').dataset.number);
    const reply = await page.server.rate_turn({ id: conversation(), number, rating: value, right_answer: right });
    group.querySelector('.status').textContent = reply.error ?? words;
    return !reply.error;
  }
}
