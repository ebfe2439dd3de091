-- Children about whom a first concern began in the twelve months to the end of the quarter and whom early help or social care knew in the
-- twenty-four months before it, by the route.
select
    help_before_recognition.person_id,
    quarter.period,
    help_before_recognition.recognised_on as happened_on,
    help_before_recognition.person_id as event_id,
    case
        when help_before_recognition.social_care_on is null then 'early_help'
        when help_before_recognition.early_help_on is null then 'social_care'
        when help_before_recognition.early_help_on < help_before_recognition.social_care_on then 'early_help_first'
        when help_before_recognition.early_help_on > help_before_recognition.social_care_on then 'social_care_first'
        else 'together'
    end as route
from help_before_recognition
join quarter
    on help_before_recognition.recognised_on <= quarter.end_on
    and help_before_recognition.recognised_on > quarter.end_on - interval 12 month
where help_before_recognition.early_help_on is not null or help_before_recognition.social_care_on is not null
