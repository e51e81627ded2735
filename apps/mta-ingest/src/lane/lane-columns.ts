import type { Header } from '../parse/row.js';

/** Where the columns of one header are that the fast lane reads; -1 for one that is not there. */
export class LaneColumns {
  readonly timeLogged: number;
  readonly timeQueued: number;
  readonly timeFirstAttempt: number;
  readonly orig: number;
  readonly rcpt: number;
  readonly dsnStatus: number;
  readonly dsnDiag: number;
  readonly dsnMta: number;
  readonly bounceCat: number;
  readonly sourceIp: number;
  readonly destinationIp: number;
  readonly size: number;
  readonly envelopeId: number;
  readonly reference: number;
  readonly from: number;
  readonly to: number;
  readonly subject: number;
  readonly feedbackType: number;
  /** False when one of them is there twice: then the first that is not empty counts, row by row. */
  readonly areClear: boolean;

  constructor(header: Header) {
    let areClear = true;
    const only = (name: string): number => {
      const position = header.only(name);
      if (position === -2) areClear = false;
      return position;
    };
    this.timeLogged = only('timelogged');
    this.timeQueued = only('timequeued');
    this.timeFirstAttempt = only('timefirstattempt');
    this.orig = only('orig');
    this.rcpt = only('rcpt');
    this.dsnStatus = only('dsnstatus');
    this.dsnDiag = only('dsndiag');
    this.dsnMta = only('dsnmta');
    this.bounceCat = only('bouncecat');
    this.sourceIp = only('dlvsourceip');
    this.destinationIp = only('dlvdestinationip');
    this.size = only('dlvsize');
    this.envelopeId = only('envid');
    this.reference = only('header_x-eg-ref');
    this.from = only('header_from');
    this.to = only('header_to');
    this.subject = only('header_subject');
    this.feedbackType = only('feedbacktype');
    this.areClear = areClear;
  }
}
