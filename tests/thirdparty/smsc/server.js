// An SMSC on npm's smpp: tells each submit_sm as a line of JSON, reports it as delivered, and
// sends what it reads from its standard input ({"from", "to", "text"}) as somebody's SMS.
// node server.js PORT: ids are hexadecimal in answers and decimal with leading zeros in receipts.
'use strict';
const readline = require('readline');
const smpp = require('smpp');

const UDHI = 0x40;
const RECEIPT = 0x04;
let last = 170;
let bound = null;

const tell = (event) => process.stdout.write(JSON.stringify(event) + '\n');

function taken(session, pdu) {
  const id = ++last;
  const message = pdu.short_message;
  const udh = message.udh ? Buffer.concat([].concat(message.udh)) : Buffer.alloc(0);
  session.send(pdu.response({message_id: id.toString(16).toUpperCase().padStart(8, '0')}));
  tell({
    event: 'submit_sm',
    id,
    from: pdu.source_addr,
    to: pdu.destination_addr,
    text: message.message,
    udh: udh.toString('hex'),
    esm_class: pdu.esm_class,
    data_coding: pdu.data_coding,
    registered: pdu.registered_delivery,
    validity: pdu.validity_period,
  });
  const receipt = `id:${String(id).padStart(10, '0')} sub:001 dlvrd:001 submit date:2605030604 ` +
    'done date:2605030605 stat:DELIVRD err:000 text:';
  session.deliver_sm({
    source_addr: pdu.destination_addr, dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: pdu.source_addr,
    esm_class: RECEIPT, short_message: receipt,
  });
}

smpp.createServer((session) => {
  session.on('error', () => {});
  session.on('bind_transceiver', (pdu) => {
    session.send(pdu.response({system_id: 'smsc'}));
    bound = session;
    tell({event: 'bound', as: pdu.system_id});
  });
  session.on('submit_sm', (pdu) => taken(session, pdu));
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => { session.send(pdu.response()); session.close(); });
}).listen(Number(process.argv[2]), '127.0.0.1', () => tell({event: 'listening'}));

readline.createInterface({input: process.stdin}).on('line', (line) => {
  const {from, to, text} = JSON.parse(line);
  bound.deliver_sm({source_addr_ton: 1, source_addr_npi: 1, source_addr: from, destination_addr: to,
    short_message: {message: text}, data_coding: 8},
  (answer) => tell({event: 'deliver_sm_resp', status: answer.command_status}));
}).on('close', () => process.exit(0));
