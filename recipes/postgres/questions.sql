-- Ten questions that the owner of a fleet asks. psql -f questions.sql answers them all.
set search_path to gpudiag;

-- 1. Of which GPU do how many work?
select gpu, count(*) as cards, count(*) filter (where works) as working, count(*) filter (where not works) as failing
from latest group by gpu order by cards desc, gpu;

-- 2. Which causes stop the most machines?
select code, count(distinct machine) as machines, count(distinct machine) filter (where confidence = 'confirmed') as confirmed
from causes join latest using (input) group by code order by machines desc, code;

-- 3. Which machines got worse since their result before?
select machine, gpu, was, outcome as is_now, collected::date as since
from (
  select r.machine, c.gpu, c.outcome, r.collected,
    lag(c.outcome) over card as was,
    row_number() over (partition by r.machine, coalesce(c.pci_id, c.gpu), c.slot order by r.collected desc nulls last) as back
  from results r join cards c using (input)
  where progress(c.outcome) is not null
  window card as (partition by r.machine, coalesce(c.pci_id, c.gpu), c.slot order by r.collected nulls first)
) steps
where back = 1 and progress(outcome) < progress(was) order by machine;

-- 4. Which machines fail with a GPU that works elsewhere?
select machine, gpu, outcome from latest l
where not works and exists (select from latest o where o.works and coalesce(o.pci_id, o.gpu) = coalesce(l.pci_id, l.gpu))
order by gpu, machine;

-- 5. With which FreeBSD release do how many cards work?
select host_release, count(*) filter (where works) as working, count(*) filter (where not works) as failing
from latest where host_release is not null group by host_release order by host_release;

-- 6. Does the driver of the guest make the difference, for a GPU that works here and not there?
select gpu, guest_driver, count(*) filter (where works) as working, count(*) filter (where not works) as failing
from latest l
where guest_driver is not null
  and (select count(distinct works) from latest o where coalesce(o.pci_id, o.gpu) = coalesce(l.pci_id, l.gpu)) = 2
group by gpu, guest_driver order by gpu, guest_driver;

-- 7. Which machines have not sent a bundle for 30 days, counted from the last one of all?
select machine, max(collected)::date as last_seen from results group by machine
having max(collected) < (select max(collected) from results) - interval '30 days' order by last_seen, machine;

-- 8. Which inputs could not be analysed, and why?
select error_exit, error, count(*) as inputs, min(input) as example from results
where outcome is null group by error_exit, error order by inputs desc, error;

-- 9. Which repair would help the most machines at once? Those that have this cause and no other.
select code, min(title) as title, count(*) as machines
from (select input, min(code) as code, min(title) as title from causes group by input having count(*) = 1) alone
join latest using (input) where not works group by code order by machines desc, code;

-- 10. Which command would tell most about machines whose cause is not proven?
select step ->> 'command' as command, count(distinct machine) as machines
from latest join results using (input, machine), jsonb_array_elements(report #> '{verdict,nextSteps}') step
where not exists (select from causes c where c.input = latest.input and c.confidence = 'confirmed')
group by command order by machines desc, command limit 10;
