"""Mails as servers send them back, about the message ID to ada@example.org."""

ID = "0123456789abcdef0123456789abcdef"

POSTFIX = f"""\
Return-Path: <>
Delivered-To: bounces+{ID}@shop.example
Date: Sun,  1 Mar 2026 12:00:03 +0100 (CET)
From: MAILER-DAEMON@mx.shop.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: bounces+{ID}@shop.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4F2A11C0031.1772362803/mx.shop.example"
Content-Transfer-Encoding: 8bit
Message-Id: <20260301110003.4F2A11C0032@mx.shop.example>

This is a MIME-encapsulated message.

--4F2A11C0031.1772362803/mx.shop.example
Content-Description: Notification
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

This is the mail system at host mx.shop.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<ada@example.org>: host mail.example.org[192.0.2.5] said: 550 5.1.1
    <ada@example.org>: Recipient address rejected: User unknown in virtual
    mailbox table (in reply to RCPT TO command)

--4F2A11C0031.1772362803/mx.shop.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.shop.example
X-Postfix-Queue-ID: 4F2A11C0031
X-Postfix-Sender: rfc822; bounces+{ID}@shop.example
Arrival-Date: Sun,  1 Mar 2026 12:00:02 +0100 (CET)

Final-Recipient: rfc822; ada@example.org
Original-Recipient: rfc822;ada@example.org
Action: failed
Status: 5.1.1
Remote-MTA: dns; mail.example.org
Diagnostic-Code: smtp; 550 5.1.1 <ada@example.org>: Recipient address rejected:
    User unknown in virtual mailbox table

--4F2A11C0031.1772362803/mx.shop.example
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers
Content-Transfer-Encoding: 8bit

Return-Path: <bounces+{ID}@shop.example>
From: The Corner Shop <thanks@shop.example>
To: Ada <ada@example.org>
Subject: Thank you
Message-ID: <{ID}@shop.example>

--4F2A11C0031.1772362803/mx.shop.example--
"""

EXIM = f"""\
Return-path: <>
Envelope-to: thanks@shop.example
Received: from Debian-exim by relay.shop.example with local (Exim 4.96)
\tid 1tqXyz-0003Ab-2C
\tfor thanks@shop.example; Sun, 01 Mar 2026 12:00:03 +0000
X-Failed-Recipients: ada@example.org
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@relay.shop.example>
To: thanks@shop.example
References: <{ID}@shop.example>
Content-Type: multipart/report; report-type=delivery-status; boundary=1772366403-eximdsn-1804289383
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1tqXyz-0003Ab-2C@relay.shop.example>
Date: Sun, 01 Mar 2026 12:00:03 +0000

--1772366403-eximdsn-1804289383
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  ada@example.org
    host mail.example.org [192.0.2.5]
    SMTP error from remote mail server after RCPT TO:<ada@example.org>:
    550 5.7.1 Relaying denied

--1772366403-eximdsn-1804289383
Content-type: message/delivery-status

Reporting-MTA: dns; relay.shop.example

Action: failed
Final-Recipient: rfc822;ada@example.org
Status: 5.0.0
Remote-MTA: dns; mail.example.org
Diagnostic-Code: smtp; 550 5.7.1 Relaying denied

--1772366403-eximdsn-1804289383
Content-type: message/rfc822

Return-path: <thanks@shop.example>
From: The Corner Shop <thanks@shop.example>
To: ada@example.org
Subject: Thank you
Message-ID: <{ID}@shop.example>
List-Unsubscribe: <mailto:unsubscribe+{ID}@shop.example>

Hello Ada
--1772366403-eximdsn-1804289383--
"""

EXCHANGE = f"""\
From: <postmaster@example.org>
To: <bounces+{ID.upper()}@shop.example>
Date: Sun, 1 Mar 2026 12:00:05 +0000
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="6c1b2b5c-5d7f-4a53-a5b6-0a4f9ee1dd05"
Content-Language: en-US
Message-ID: <0c6e1b0f@AM0PR01MB1234.eurprd01.prod.exchangelabs.com>
In-Reply-To: <{ID}@shop.example>
References: <{ID}@shop.example>
Thread-Topic: Thank you
Subject: Undeliverable: Thank you
Auto-Submitted: auto-replied
MIME-Version: 1.0

--6c1b2b5c-5d7f-4a53-a5b6-0a4f9ee1dd05
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="0d8c1b2a"

--0d8c1b2a
Content-Type: text/plain; charset="us-ascii"

Your message to ada@example.org couldn't be delivered.

--0d8c1b2a
Content-Type: text/html; charset="us-ascii"

<html><body>Your message to ada@example.org couldn't be delivered.</body></html>

--0d8c1b2a--

--6c1b2b5c-5d7f-4a53-a5b6-0a4f9ee1dd05
Content-Type: message/delivery-status

Reporting-MTA: dns;AM0PR01MB1234.eurprd01.prod.exchangelabs.com
Received-From-MTA: dns;mx.shop.example
Arrival-Date: Sun, 1 Mar 2026 12:00:04 +0000

Final-Recipient: rfc822;Ada@Example.org
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound;
 Recipient Ada@Example.org not found by SMTP address lookup

--6c1b2b5c-5d7f-4a53-a5b6-0a4f9ee1dd05
Content-Type: message/rfc822

From: The Corner Shop <thanks@shop.example>
To: ada@example.org
Message-ID: <{ID}@shop.example>
Subject: Thank you

Hello Ada
--6c1b2b5c-5d7f-4a53-a5b6-0a4f9ee1dd05--
"""

GMAIL = f"""\
Return-Path: <>
X-Failed-Recipients: ada@example.org
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
To: bounces+{ID}@shop.example
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
References: <{ID}@shop.example>
In-Reply-To: <{ID}@shop.example>
Message-ID: <65f1c2aa.170a0220.5e8c.2f1d.GMR@mx.google.com>
Date: Sun, 01 Mar 2026 04:00:04 -0800 (PST)
MIME-Version: 1.0
Content-Type: multipart/report; boundary="000000000000c2e3d90611aa"; report-type=delivery-status

--000000000000c2e3d90611aa
Content-Type: multipart/related; boundary="000000000000c2e4f90611ad"

--000000000000c2e4f90611ad
Content-Type: text/plain; charset="UTF-8"

** Address not found **

--000000000000c2e4f90611ad--
--000000000000c2e3d90611aa
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.com
Received-From-MTA: dns; thanks@shop.example
Arrival-Date: Sun, 01 Mar 2026 04:00:03 -0800 (PST)
X-Original-Message-ID: <{ID}@shop.example>

Final-Recipient: rfc822; ada@example.org
Action: failed
Status: 5.2.2
Remote-MTA: dns; gmail-smtp-in.l.google.com. (2a00:1450:4013:c06::1a, the server for the domain.)
Diagnostic-Code: smtp; 552-5.2.2 The email account that you tried to reach is over quota.
Last-Attempt-Date: Sun, 01 Mar 2026 04:00:04 -0800 (PST)

--000000000000c2e3d90611aa
Content-Type: message/rfc822

From: The Corner Shop <thanks@shop.example>
To: ada@example.org
Message-ID: <{ID}@shop.example>
Subject: Thank you

Hello Ada
--000000000000c2e3d90611aa--
"""

DELAYED = POSTFIX.replace("Action: failed", "Action: delayed").replace(
    "Status: 5.1.1", "Status: 4.4.1"
)

AMAZON_COMPLAINT = """\
Return-Path: <>
Date: Sun, 1 Mar 2026 12:01:00 +0000
From: complaints@email-abuse.amazonses.com
To: thanks@shop.example
Subject: complaint about message from 192.0.2.7
Message-ID: <0100018e-complaint@email.amazonses.com>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report;
 boundary="----=_Part_7_1234.1772366460"

------=_Part_7_1234.1772366460
Content-Type: text/plain; charset=us-ascii
Content-Transfer-Encoding: 7bit

This is an email abuse report for an email message received from
amazonses.com on Sun, 1 Mar 2026 12:00:30 +0000

------=_Part_7_1234.1772366460
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Yahoo!-Mail-Feedback/2.0
Version: 0.1
Original-Mail-From: <0100018e@eu-west-1.amazonses.com>
Original-Rcpt-To: ada@example.org
Received-Date: Sun, 1 Mar 2026 12:00:30 +0000
Reported-Domain: shop.example
Source-IP: 192.0.2.7

------=_Part_7_1234.1772366460
Content-Type: message/rfc822

From: The Corner Shop <thanks@shop.example>
To: ada@example.org
Subject: Thank you
Message-ID: <0100018e@eu-west-1.amazonses.com>
List-Unsubscribe: <https://shop.example/u/{token}>,
 <mailto:unsubscribe@shop.example?subject=unsubscribe%20{token}>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
Content-Type: text/plain; charset=utf-8

Hello Ada
------=_Part_7_1234.1772366460--
"""
"""Its own message ID is in the place of ours: the link is what says whom it is about."""

UNSUBSCRIBE = """\
From: Ada <ada@example.org>
To: unsubscribe@shop.example
Subject: unsubscribe {token}
Date: Sun, 1 Mar 2026 12:05:00 +0100
Message-ID: <a1@example.org>

"""

AWAY = f"""\
From: Ada <ada@example.org>
To: thanks@shop.example
Subject: Away: Re: Thank you
Auto-Submitted: auto-replied
In-Reply-To: <{ID}@shop.example>

I am away until Monday.
"""

REPLY = f"""\
From: Ada <ada@example.org>
To: thanks@shop.example
Subject: Re: Thank you
In-Reply-To: <{ID}@shop.example>

You are welcome! My order 5.1.1 was fine.
"""

DSN_IN_UNICODE = f"""\
From: MAILER-DAEMON@example.org
To: bounces+{ID}@shop.example
Subject: =?utf-8?q?Nicht_zugestellt=3A_?= =?x-unknown?q?=ff?=
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain; charset=x-unknown

Nein.

--b
Content-Type: message/global-delivery-status

Reporting-MTA: dns; example.org

Final-Recipient: utf-8; ada@exämple.org
Action: failed
Status: 5.1.3

--b
Content-Type: message/global-headers

Message-ID: <{ID}@shop.example>

--b--
"""
