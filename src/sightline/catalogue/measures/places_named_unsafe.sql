-- Places that young people named as unsafe in the twelve months to the end of the quarter; safe at some times and unsafe at others is not counted.
select
    participation_response.participation_response_id as event_id,
    quarter.period,
    participation_response.location_type,
    participation_response.age_band as said_age_band,
    participation_response.gender as said_gender
from participation_response
join quarter
    on participation_response.given_on <= quarter.end_on
    and participation_response.given_on > quarter.end_on - interval 12 month
where participation_response.feeling = 'unsafe'
