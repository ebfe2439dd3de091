-- Children whose assessment was signed off and named exploitation, by the other needs and strengths it named, each in the words of the national list of
-- factors. Missing is a factor of its own here, not exploitation.
select distinct
    named.person_id,
    named.authorised_on as happened_on,
    named.person_id as event_id,
    case
        when other.factor in ('1A', '1B', '1C') then 'alcohol'
        when other.factor in ('2A', '2B', '2C') then 'drugs'
        when other.factor in ('3A', '3B', '3C') then 'domestic_abuse'
        when other.factor in ('4A', '4B', '4C') then 'mental_health'
        when other.factor in ('5A', '5B', '5C') then 'learning_disability'
        when other.factor in ('6A', '6B', '6C') then 'physical_disability'
        when other.factor in ('7A') then 'young_carer'
        when other.factor in ('10A') then 'missing'
        when other.factor in ('15A') then 'self_harm'
        when other.factor in ('16A', '17A', '18A', '18B', '18C', '19A', '19B', '19C') then 'abuse_or_neglect'
        else 'other'
    end as need
from assessment_factor as named
join assessment_factor as other
    on other.person_id = named.person_id
    and other.agency_id = named.agency_id
    and other.started_on = named.started_on
where
    named.exploitation_type <> 'missing'
    and named.authorised_on is not null
    and (other.exploitation_type is null or other.exploitation_type = 'missing')
    and other.factor is not null
