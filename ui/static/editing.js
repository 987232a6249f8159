// A question that was asked, written anew in its place.

/** Tell whether a key sends what is written: Enter does, and Shift+Enter begins a line. */
export function sendsOn(event) {
  return event.key === 'Enter' && !event.shiftKey && !event.isComposing;
}

/** Let the question of `turn` be edited; `again(question, number)` asks it, and tells whether that can be now. */
export function editing(turn, maxLength, again) {
  if (turn.querySelector('.edit-form')) return;
  const made = (name, facts, ...children) => {
    const element = Object.assign(document.createElement(name), facts);
    element.append(...children);
    return element;
  };
  const area = made('textarea', { value: turn.dataset.question, maxLength, rows: 2 });
  const cancel = made('button', { type: 'button', textContent: 'Thôi' });
  const form = made('form', { className: 'edit-form' },
    made('label', {}, 'Sửa câu hỏi', area), made('button', { type: 'submit', className: 'main', textContent: 'Hỏi lại' }), cancel);
  const asked = turn.querySelector('.asked');
  asked.hidden = true;
  asked.after(form);
  area.focus();

  function close() {
    form.remove();
    asked.hidden = false;
  }

  function leave() {
    close();
    turn.querySelector('.edit').focus();
  }

  cancel.addEventListener('click', leave);
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      leave();
    } else if (sendsOn(event) && event.target === area) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    // While another question is being answered, what was written stays.
    if (again(area.value, Number(turn.dataset.number))) close();
  });
}
