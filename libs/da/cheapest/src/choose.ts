/** What a part asks for a put. */
export interface Offer {
  id: string
  /** wei; undefined where it is not to be had */
  feeWei: bigint | undefined
}

/** The cheapest offer, the first of equal ones, and the parts that told no price. */
export function choose(offers: readonly Offer[]): { chosen: Offer | undefined; unpriced: string[] } {
  let chosen: Offer | undefined
  const unpriced: string[] = []
  for (const offer of offers) {
    if (offer.feeWei === undefined) unpriced.push(offer.id)
    else if (chosen?.feeWei === undefined || offer.feeWei < chosen.feeWei) chosen = offer
  }
  return { chosen, unpriced }
}
