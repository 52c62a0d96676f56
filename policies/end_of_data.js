// The message is here (smtpd_end_of_data_restrictions): size, header fields and text can be looked at.
// For example:
//
//   import { reject } from 'policymta';
//
//   function noEmptySubject({ message, sasl }) {
//     if (sasl && !message.header('Subject')) return reject('a subject, please', { code: 550, status: '5.6.0' });
//   }
//
//   export default [noEmptySubject];

export default [];
