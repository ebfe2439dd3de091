-- Children who were looked after on any day of the twelve months to the end of the quarter and about whom an agency held a concern on any day of
-- them; with where they lived, and whether the first concern in any records came before or after that time in care began. Where only the month of
-- either is known, a difference of less than a month is not told; where only the year is, one of less than a year.
-- Whatever the certainty: known, suspected and at risk count alike.
select distinct
    plan.person_id,
    quarter.period,
    plan.plan_id as event_id,
    case when plan.placed_out_of_area then 'out_of_area' when not plan.placed_out_of_area then 'in_area' end as placement_area,
    case
        when
            date_trunc('month', first_concern.started_on) = date_trunc('month', plan.started_on)
            and not (first_concern.started_on_precision in ('day', 'minute') and plan.started_on_precision in ('day', 'minute'))
            then 'not_recorded'
        when
            date_trunc('year', first_concern.started_on) = date_trunc('year', plan.started_on)
            and (first_concern.started_on_precision = 'year' or plan.started_on_precision = 'year')
            then 'not_recorded'
        when first_concern.started_on < plan.started_on then 'concern_first'
        when first_concern.started_on > plan.started_on then 'care_first'
        else 'same_day'
    end as care_and_concern
from plan
join quarter
    on plan.started_on <= quarter.end_on
    and (plan.ended_on is null or plan.ended_on > quarter.end_on - interval 12 month)
join concern
    on concern.person_id = plan.person_id
    and concern.started_on <= quarter.end_on
    and (concern.ended_on is null or concern.ended_on > quarter.end_on - interval 12 month)
join first_concern on first_concern.person_id = plan.person_id
where plan.plan_type = 'CLA'
