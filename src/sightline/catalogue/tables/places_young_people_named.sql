-- Places that young people named when they were asked where they feel safe or unsafe. A place that several young people named counts once for
-- each of them; nobody is named.
-- Who answered stands as person, so that many places named by a few young people are as little shown as a few.
select
    coalesce(participation_response.response_reference, participation_response.participation_response_id) as person_id,
    participation_response.participation_response_id as event_id,
    participation_response.given_on as happened_on,
    participation_response.location_type,
    participation_response.feeling
from participation_response
where participation_response.feeling in ('safe', 'unsafe', 'mixed')
