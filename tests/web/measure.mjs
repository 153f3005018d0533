// Runs in the page: how large what can be touched is, how large letters are, how they stand out.

export function measure() {
  const isSeen = (element) => {
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    return style.visibility !== 'hidden' && style.display !== 'none' && box.width > 1 &&
      box.height > 1 && !element.closest('.unseen');
  };
  const named = (element) => {
    const kind = `${element.tagName.toLowerCase()}.${element.getAttribute('class') ?? ''}`;
    return `${kind} "${(element.textContent ?? '').slice(0, 24)}"`;
  };

  const numbers = (colour) => (colour.match(/[\d.]+/g) ?? ['0', '0', '0', '0']).map(Number);
  const lightness = (colour) => {
    const [red, green, blue] = numbers(colour).map((one) => {
      const share = one / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if ((numbers(colour)[3] ?? 1) > 0.99) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const contrast = (a, b) => {
    const [dark, light] = [lightness(a), lightness(b)].sort((x, y) => x - y);
    return (light + 0.05) / (dark + 0.05);
  };

  // Not the doors of the picture: they are as large as the cabinet lets them be, and who cannot hit
  // one types its number.
  const targets = [...document.querySelectorAll('.frame button')].filter(isSeen)
    .map((element) => {
      const { width, height } = element.getBoundingClientRect();
      return { name: named(element), width, height, isDigit: element.matches('.key') };
    });
  const hasText = (element) => [...element.childNodes].some((node) =>
    node.nodeType === Node.TEXT_NODE && node.data.trim() !== '');
  const texts = [...document.querySelectorAll('.frame *:not(svg *)')]
    .filter((element) => hasText(element) && isSeen(element))
    .map((element) => ({
      name: named(element),
      px: parseFloat(getComputedStyle(element).fontSize),
      contrast: contrast(getComputedStyle(element).color, ground(element)),
    }));
  const lit = document.querySelector('.lit text')?.getBoundingClientRect();
  const number = document.querySelector('.number');
  // What stands outside the screen, or is cut off by what surrounds it.
  const cut = [...document.querySelectorAll('.frame h1, .frame p, .frame button, .frame svg')]
    .filter(isSeen)
    .filter((element) => {
      if (element.closest('.parcels')) return false;  // a list may be longer than the screen
      const box = element.getBoundingClientRect();
      return box.left < -1 || box.top < -1 || box.right > innerWidth + 1 ||
        box.bottom > innerHeight + 1 || element.scrollWidth > element.clientWidth + 2;
    })
    .map(named);
  const boxes = [...document.querySelectorAll(
    'header, footer button, .said > *, .side > *, .pad > *, .still-there')].filter(isSeen);
  const overlaps = [];
  boxes.forEach((one, at) => boxes.slice(at + 1).forEach((other) => {
    if (one.contains(other) || other.contains(one)) return;
    if (one.matches('.still-there') || other.matches('.still-there')) return;
    const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
    const isOver = a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 &&
      b.top < a.bottom - 1;
    if (isOver) overlaps.push(`${named(one)} over ${named(other)}`);
  }));
  return {
    targets,
    texts,
    cut,
    overlaps,
    litPx: lit ? lit.height : null,
    numberPx: number ? parseFloat(getComputedStyle(number).fontSize) : null,
  };
}
