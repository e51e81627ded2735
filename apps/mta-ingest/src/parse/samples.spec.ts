/**
 * Accounting lines as PowerMTA writes them, with invented content: documentation domains and addresses. A line that begins
 * with `type,` is a header.
 */
const SAMPLES = {
  /** d, b and t in the usual 23 columns. */
  deliveries: `type,timeLogged,timeQueued,orig,rcpt,orcpt,dsnAction,dsnStatus,dsnDiag,dsnMta,bounceCat,srcType,srcMta,dlvType,dlvSourceIp,dlvDestinationIp,dlvEsmtpAvailable,dlvSize,vmta,jobId,envId,queue,vmtaPool
d,2024-03-05 09:15:02+0000,2024-03-05 09:15:00+0000,news-ana=inbox.example@b.sender.example,ana@inbox.example,,relayed,2.0.0 (success),smtp;250 2.0.0 OK 1709630102 q12-abc - gsmtp,mx1.inbox.example (203.0.113.5),,smtp,feeder1.sender.example (192.0.2.10),smtp,198.51.100.21,203.0.113.5,"8BITMIME,SIZE,STARTTLS",48213,mta-a,camp-2024-0305,e-000001,inbox.example/mta-a,pool-1
d,2024-03-05 09:15:03+0000,2024-03-05 09:15:00+0000,news@b.sender.example,bounce-77@b.sender.example,,delivered,2.0.0 (success),,,,smtp,feeder1.sender.example (192.0.2.10),discard,,,,3120,,,,b.sender.example/{default},
d,2024-03-05 09:15:04+0000,2024-03-05 09:14:59+0000,news@b.sender.example,leo@inbox.example,,relayed,2.0.0 (success),smtp;250 ok dirdel,[203.0.113.9] (203.0.113.9),success,smtp,feeder1.sender.example (192.0.2.10),smtp,198.51.100.21,203.0.113.9,"8BITMIME,SIZE,STARTTLS",9911,mta-a,camp-2024-0305,,inbox.rollup/mta-a,
b,2024-03-05 09:15:05+0000,2024-03-05 09:15:01+0000,news-gone=inbox.example@b.sender.example,gone@inbox.example,,failed,5.1.1 (bad destination mailbox address),smtp;550 5.1.1 The account you tried to reach does not exist. Check the recipient's address for typos or spaces. q12si345 - gsmtp,mx1.inbox.example (203.0.113.5),bad-mailbox,smtp,feeder1.sender.example (192.0.2.10),smtp,198.51.100.21,203.0.113.5,"8BITMIME,SIZE,STARTTLS",,mta-a,camp-2024-0305,e-000002,inbox.example/mta-a,pool-1
b,2024-03-05 09:15:06+0000,2024-03-05 09:15:01+0000,news@b.sender.example,kim@typo-domain.example,,failed,5.1.2 (bad destination system: no such domain),,,bad-domain,smtp,feeder1.sender.example (192.0.2.10),smtp,198.51.100.21,,,,mta-a,camp-2024-0305,,typo-domain.example/mta-a,
b,2024-03-05 09:15:07+0000,2024-03-05 09:15:01+0000,news@b.sender.example,max@corp.example,,failed,5.7.1 (delivery not authorized),"smtp;554 5.7.1 Service unavailable; Client host [198.51.100.21] blocked, see https://rbl.example/q?ip=198.51.100.21",mail.corp.example (203.0.113.40),spam-related,smtp,feeder1.sender.example (192.0.2.10),smtp,198.51.100.21,203.0.113.40,"8BITMIME,SIZE,STARTTLS",,mta-a,camp-2024-0305,,corp.example/mta-a,
b,2024-03-05 09:15:08+0000,2024-03-05 09:15:01+0000,news@b.sender.example,full@corp.example,,failed,5.0.0 (undefined status),"smtp;552 Requested mail action aborted: mailbox ""full"" is over quota, size=104857600",mail.corp.example (203.0.113.40),quota-issues,smtp,feeder1.sender.example (192.0.2.10),smtp,198.51.100.21,203.0.113.40,"8BITMIME,SIZE,STARTTLS",,mta-a,camp-2024-0305,,corp.example/mta-a,
b,2024-03-09 21:30:00+0000,2024-03-05 09:15:01+0000,news@b.sender.example,slow@quiet.example,,failed,4.4.7 (delivery time expired),,,message-expired,smtp,feeder1.sender.example (192.0.2.10),smtp,198.51.100.21,,,,mta-a,camp-2024-0305,,quiet.example/mta-a,
b,2024-03-05 09:15:09+0000,2024-03-05 09:15:02+0000,news@b.sender.example,optout@inbox.example,,failed,5.7.1 (delivery not authorized),"smtp;550 5.7.1 recipient is in suppression list ""supp1"": <optout@inbox.example>",,policy-related,smtp,feeder1.sender.example (192.0.2.10),smtp,198.51.100.21,,,,mta-a,camp-2024-0305,,inbox.example/mta-a,
t,2024-03-05 09:15:10+0000,2024-03-05 09:15:02+0000,news@b.sender.example,pat@isp.example,,delayed,4.7.0 (other or undefined security status),"smtp;421 4.7.0 mx02.isp.example Error: too many errors, try later",mx02.isp.example (2001:db8::25),policy-related,smtp,feeder1.sender.example (192.0.2.10),smtp,2001:db8:1::21,2001:db8::25,"8BITMIME,SIZE,STARTTLS",,mta-a,camp-2024-0305,,isp.rollup/mta-a,
t,2024-03-05 09:15:11+0000,2024-03-05 09:15:02+0000,news@b.sender.example,sam@isp.example,,delayed,4.0.0 (undefined status),smtp;450 4.0.0 (undefined status);smtp;421 Refused. Your reverse DNS entry does not resolve.,[203.0.113.77] (203.0.113.77),,smtp,feeder1.sender.example (192.0.2.10),smtp,198.51.100.21,203.0.113.77,"8BITMIME,SIZE,STARTTLS",,mta-a,camp-2024-0305,,isp.example/mta-a,
b,2024-03-05 09:15:12+0000,2024-03-05 09:15:02+0000,news@b.sender.example,josé@correo.example,,failed,5.2.1 (mailbox disabled),smtp;550 5.2.1 usuário inativo — conta encerrada,mx.correo.example (203.0.113.88),inactive-mailbox,smtp,feeder1.sender.example (192.0.2.10),smtp,198.51.100.21,203.0.113.88,"8BITMIME,SIZE,STARTTLS",,mta-a,camp-2024-0305,,correo.example/mta-a,
b,2024-03-05 09:15:13+0000,2024-03-05 09:15:02+0000,news@b.sender.example,"""odd,local""@corp.example",,failed,5.1.3 (bad destination mailbox address syntax),"smtp;501 5.1.3 Bad recipient address syntax: <""odd,local""@corp.example>",mail.corp.example (203.0.113.40),bad-mailbox,smtp,feeder1.sender.example (192.0.2.10),smtp,198.51.100.21,203.0.113.40,"8BITMIME,SIZE",,mta-a,,,corp.example/mta-a,
b,2024-03-05 09:15:14+0000,2024-03-05 09:15:02+0000,,ops@corp.example,,failed,5.3.0 (unknown mail system-related status),smtp;571 Message contains spam or virus : 1585:0a1b|5439,mail.corp.example(203.0.113.40),spam-related,smtp,feeder1.sender.example (192.0.2.10),smtp,198.51.100.21,203.0.113.40,"8BITMIME,SIZE,STARTTLS",,mta-a,,,corp.example/mta-a,
d,2024-03-05 09:15:15+0000,2024-03-05 09:15:02+0000,news@b.sender.example,9f2c41d07a5be813@inbox.example,,relayed,2.0.0 (success),smtp;250 OK,mx1.inbox.example (203.0.113.5),,smtp,feeder1.sender.example (192.0.2.10),smtp,198.51.100.21,203.0.113.5,"8BITMIME,SIZE,STARTTLS",48213,mta-a,tenant7-camp-2024-0305,,inbox.example/mta-a,`,
  /** tq, r, and rb with rs, each under a header of its own. */
  queuesReceiptsRemote: `type,timeLogged,dsnStatus,dsnDiag,dsnMta,dlvType,dlvSourceIp,dlvDestinationIp,vmta,queue
tq,2024-03-05 09:16:00+0000,4.4.1 (no answer from host),,mx.xn--bcher-kva.example (203.0.113.150),smtp,0.0.0.0,203.0.113.150,mta-a,bücher.example/mta-a
tq,2024-03-05 09:16:01+0000,4.7.0 (other or undefined security status),smtp;421 4.7.0 [TS01] Messages from 198.51.100.21 temporarily deferred,mta5.isp.example (203.0.113.60),smtp,198.51.100.21,203.0.113.60,mta-a,isp.rollup/mta-a
type,timeLogged,orig,rcpt,orcpt,srcType,srcMta,rcvSourceIp,rcvDestinationIp,vmta,jobId,envId
r,2024-03-05 09:15:00+0000,news@b.sender.example,ana@inbox.example,rfc822;ana@inbox.example,smtp,feeder1.sender.example (192.0.2.10),192.0.2.10,192.0.2.25,pool-1,camp-2024-0305,e-000001
r,2024-03-05 09:15:00+0000,news@b.sender.example,leo@inbox.example,,api,feeder2.sender.example (127.0.0.1),,,mta-a,,
type,timeLogged,orig,rcpt,orcpt,dsnAction,dsnStatus,dsnDiag,dsnMta,dsnReportingMta,bounceCat,srcType,srcMta,envId,format,header_x-rid
rb,2024-03-06 02:00:44+0000,news-late=relay.example@b.sender.example,late@relay.example,,,5.1.1 (bad destination mailbox address),"smtp;550 5.1.1 no such local recipient: <late@relay.example> in ""RCPT TO:<late@relay.example>""",mail.inner.example (203.0.113.201),gw.relay.example,bad-mailbox,smtp,gw.relay.example (203.0.113.200),e-000099,dsn,12345-hd7
rb,2024-03-06 02:01:10+0000,news@b.sender.example,old@qm.example,,,,"Sorry, no mailbox here by that name. (#5.1.1)",,,bad-mailbox,smtp,qm.example (203.0.113.210),,qmail,
rs,2024-03-06 03:10:00+0000,news@b.sender.example,slow@relay.example,,delayed,4.4.1 (no answer from host),smtp;451 4.4.1 next hop unreachable,mail.inner.example (203.0.113.201),gw.relay.example,,smtp,gw.relay.example (203.0.113.200),,dsn,
rs,2024-03-06 03:11:00+0000,news@b.sender.example,list@relay.example,,expanded,2.0.0 (success),,,gw.relay.example,,smtp,gw.relay.example (203.0.113.200),,dsn,`,
  /** Feedback loop: a column twice, and CSV inside a cell. */
  feedback: `type,timeLogged,repSourceIp,feedbackType,format,userAgent,envId,orig,rcpt,reportingMta,dlvSourceIp,reportedDomain,header_From,header_Return-Path,header_X-job,header_Subject,header_subject,header_Message-Id,header_List-Unsubscribe,arf_Authentication-Results
f,2024-03-06 11:40:37+0000,192.0.2.25,abuse,arf,ISP-Feedback/1.0,,news-ana=inbox.example@b.sender.example,ana@inbox.example,fbl.inbox.example,198.51.100.21,sender.example,"""Sender, Inc."" <news@sender.example>",<news-ana=inbox.example@b.sender.example>,camp-2024-0305,"Spring sale, 20% off","Spring sale, 20% off",<m1.camp0305@sender.example>,"<mailto:u.1.2@unsub.sender.example>, <https://sender.example/u/1>","""mx.inbox.example; spf=pass"",""mx.inbox.example; dkim=pass"""
f,2024-03-06 11:41:00+0000,192.0.2.25,abuse,jmrp,,,,<lee@outlook.example>,,198.51.100.21,,=?utf-8?Q?Ofertas?= <news@sender.example>,,,=?utf-8?B?w5ZmZmVydGE=?=,=?utf-8?B?w5ZmZmVydGE=?=,<m2.camp0305@sender.example>,,
f,2024-03-06 11:42:00+0000,192.0.2.25,abuse,/etc/pmta/report-pattern.txt,,,,,,198.51.100.21,,,,,,,,,`,
  /** Narrow columns with Unix time; 22 columns of 2012; the union of d, b, r, rb and f. */
  otherHeaders: `type,timeLogged,orig,rcpt,dlvSourceIp,bounceCat
d,1709630102,news@b.sender.example,ana@inbox.example,198.51.100.21,
b,1709630105,news@b.sender.example,gone@inbox.example,,bad-mailbox
type,timeLogged,timeQueued,timeImprinted,orig,rcpt,orcpt,dsnAction,dsnStatus,dsnDiag,dsnMta,bounceCat,srcType,srcMta,dlvType,dlvSourceIp,dlvDestinationIp,dlvEsmtpAvailable,dlvSize,vmta,jobId,envId
d,2012-06-12 00:11:57-0500,2012-06-12 00:11:50-0500,,news@b.sender.example,ANA@INBOX.EXAMPLE,,relayed,2.0.0 (success),smtp;250 ok,mx1.inbox.example (203.0.113.5),success,smtp,feeder1.sender.example (192.0.2.10),smtp,198.51.100.21,203.0.113.5,"PIPELINING,8BITMIME,SIZE",155704,CAMPAIGN,,
type,timeLogged,timeQueued,orig,rcpt,orcpt,dsnAction,dsnStatus,dsnDiag,dsnMta,bounceCat,srcType,srcMta,dlvType,dlvSourceIp,dlvDestinationIp,dlvEsmtpAvailable,dlvSize,vmta,jobId,envId,queue,vmtaPool,dlvTlsProtocol,dlvTlsCipher,header_x-job,header_x-sp-message-id,repSourceIp,feedbackType,format,userAgent,reportingMta,reportedDomain,header_From,header_Return-Path,header_X-job,header_Subject,rcvSourceIp,rcvDestinationIp,dsnReportingMta
d,2024-03-05 09:20:00+0000,2024-03-05 09:19:58+0000,news@b.sender.example,ana@inbox.example,,relayed,2.0.0 (success),smtp;250 OK,mx1.inbox.example (203.0.113.5),,smtp,feeder1.sender.example (192.0.2.10),smtp,198.51.100.21,203.0.113.5,"8BITMIME,SIZE,STARTTLS",48213,mta-a,camp-2024-0305,,inbox.example/mta-a,,TLSv1.3,TLS_AES_256_GCM_SHA384,camp-2024-0305,0000123456789abcdef0,,,,,,,,,,,,,
r,2024-03-05 09:19:58+0000,,news@b.sender.example,ana@inbox.example,,,,,,,smtp,feeder1.sender.example (192.0.2.10),,,,,,pool-1,camp-2024-0305,,,,,,,,,,,,,,,,,,192.0.2.10,192.0.2.25,
f,2024-03-06 11:40:37+0000,,news@b.sender.example,ana@inbox.example,,,,,,,,,,198.51.100.21,,,,,,,,,,,,,192.0.2.25,abuse,arf,ISP-Feedback/1.0,fbl.inbox.example,sender.example,news@sender.example,,,Hi,,,`,
};

/** Lines of a block with CRLF, as one file. */
export const sampleFile = (name: keyof typeof SAMPLES): Buffer =>
  Buffer.from(SAMPLES[name].replaceAll('\n', '\r\n') + '\r\n');

export const allSamples = (): Buffer =>
  Buffer.concat([
    sampleFile('deliveries'),
    sampleFile('queuesReceiptsRemote'),
    sampleFile('feedback'),
    sampleFile('otherHeaders'),
  ]);
