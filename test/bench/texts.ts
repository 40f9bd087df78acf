/** Messages of the lengths that classifiers meet, in words of no task in particular. */
const messages = [
  'The parcel came two days late and the box was open at one corner.',
  'Could you tell me how I change the address on my next invoice?',
  'It stopped working after the update.',
  'I have been a customer for six years and this is the first time that nobody answered my letter, which surprised me a great deal.',
  'Please cancel the second seat, keep the first, and send the receipt to the office in the old town.',
  'A quiet film, slow at the start, with an ending that made the whole row of people in front of us cry.',
  'Where is my refund?',
  'The garden behind the house is small, but in the morning the sun reaches the bench under the apple tree and stays there until noon.',
  'She asked whether the train still stops at the bridge, and he did not know.',
  'My password is not accepted any more, although I wrote it down carefully and have tried it on two computers and on the telephone.',
  'Good value, friendly people, cold soup.',
  'We would like to order forty chairs for the hall, the same as last year, and have them by the end of the month if that can be done.',
  'The new version is faster than the one before it, but the letters on the screen are now so pale that I can hardly read them.',
  'Nothing in the second half of the book is as good as its first ten pages.',
  'Is there a table for five on Friday at eight, by the window if possible?',
  'They promised to call back on Monday; it is Thursday.',
]

/** `count` texts of 9 to 40 tokens, none the same as another. */
export function texts(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const round = Math.floor(index / messages.length)
    return `${messages[index % messages.length]}${round === 0 ? '' : ` (${round})`}`
  })
}

/** `count` texts of 55 to 64 tokens with a short template. */
export function longTexts(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${messages[5]} ${messages[9]} ${index}`)
}
