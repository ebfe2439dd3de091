-- Contacts with the front door of children's social care, each with who made it. Records of one child on one day from one source are one contact.
select contact.person_id, contact.contacted_on as happened_on, min(contact.contact_id) as event_id, contact.source as referral_source
from contact
where contact.contacted_on is not null
group by contact.person_id, contact.contacted_on, contact.source
